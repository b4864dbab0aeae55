/** The part of JSON Schema (draft-07) that our schemas use. Unions are types or `if`: a mistake in them is one error. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly $comment?: string;
  readonly type?: JsonType | readonly JsonType[];
  readonly const?: string | number | boolean | null;
  readonly enum?: readonly (string | number | boolean | null)[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: JsonSchemas;
  readonly required?: readonly string[];
  readonly propertyNames?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly minProperties?: number;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly allOf?: readonly JsonSchema[];
  readonly if?: JsonSchema;
  readonly then?: JsonSchema;
  readonly else?: JsonSchema;
  readonly definitions?: JsonSchemas;
}

/** Schemas by the name of what they are for; `false` is a secret, which must not be there. */
export type JsonSchemas = Readonly<Record<string, JsonSchema | false>>;

export type JsonType = 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array' | 'null';
