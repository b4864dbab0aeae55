/** Writes the JSON Schemas of generators/validate/schemas again: after an update of the packages they come from. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateSchemas, SCHEMA_DIRECTORY } from './schema-generator.ts';

for (const [name, text] of await generateSchemas()) {
  writeFileSync(join(SCHEMA_DIRECTORY, name), text);
  process.stdout.write(`${name}: ${text.length} bytes\n`);
}
