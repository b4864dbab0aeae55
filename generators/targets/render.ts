/** The only place where Handlebars templates are compiled. */

/** Fills a template in. A field that the template names and the data lacks is an error. */
export type Render<T> = (data: T) => string;

/**
 * Compiles a template of Markdown or plain text. Nothing is escaped: values come escaped for where they stand, and
 * `{{` in a value is never read as a template. Values that may be absent are null, and guarded by `{{#if}}`.
 */
export const compileTemplate = async <T>(source: string): Promise<Render<T>> => {
  const { default: handlebars } = await import('handlebars');
  const template = handlebars.compile<T>(source, { noEscape: true, strict: true });
  return (data) => template(data);
};
