// Holds src/types.ts, which is written by hand, against the API's description: what the centre answers must be what the
// pages take it for. Every exported type of types.ts is compared with the schema of its name (or the one in `names`): a
// field that the description does not have, may leave out or calls null, or a word that the page does not know, ends the
// build. Pages may leave fields out. A generic type is held against it where another type uses it.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {spawnSync} from 'node:child_process';

const here = fileURLToPath(new URL('.', import.meta.url));
const schemas = JSON.parse(readFileSync(`${here}../plane/openapi.json`, 'utf8')).components.schemas;

// Where types.ts has a better name, and what stands for no schema of its own.
const names = {
  BurnCourse: 'Burn', Comparison: 'ObjectiveComparison', Counts: 'Share', CoverageCounts: 'CoverageGroup', Outcomes: 'Counts',
  SplitTimes: 'SplitCall',
};

const literal = (value) => JSON.stringify(value);

function typeOf(schema) {
  if (schema.$ref) return schema.$ref.replace('#/components/schemas/', 'Api.');
  if (schema.enum) return schema.enum.map(literal).join(' | ');
  if ('const' in schema) return literal(schema.const);
  if (schema.anyOf || schema.oneOf) return (schema.anyOf ?? schema.oneOf).map((one) => `(${typeOf(one)})`).join(' | ');
  if (schema.allOf) return schema.allOf.map((one) => `(${typeOf(one)})`).join(' & ');
  const types = [schema.type].flat();
  return types.map((type) => plainType(type, schema)).join(' | ');
}

function plainType(type, schema) {
  switch (type) {
    case 'string': case 'boolean': case 'null': return type;
    case 'number': case 'integer': return 'number';
    case 'array': return schema.prefixItems ? `[${schema.prefixItems.map(typeOf).join(', ')}]` : `(${typeOf(schema.items)})[]`;
    case 'object': return objectType(schema);
    default: throw new Error(`a schema of type ${type} has no TypeScript: ${JSON.stringify(schema).slice(0, 200)}`);
  }
}

function objectType(schema) {
  if (!schema.properties) return typeof schema.additionalProperties === 'object' ? `Record<string, ${typeOf(schema.additionalProperties)}>` : 'Record<string, unknown>';
  const fields = Object.entries(schema.properties).map(([name, one]) =>
    `${literal(name)}${(schema.required ?? []).includes(name) ? '' : '?'}: ${typeOf(one)}`);
  return `{${fields.join('; ')}}`;
}

const written = readFileSync(`${here}src/types.ts`, 'utf8');
const types = [...written.matchAll(/^export (?:interface|type) (\w+)(?![\w<])/gm)].map((match) => match[1]);
const lines = ["import type * as Page from '../../src/types.ts';", 'namespace Api {'];
for (const [name, schema] of Object.entries(schemas)) lines.push(`  export type ${name} = ${typeOf(schema)};`);
lines.push('}', 'type Fits<Answer extends Taken, Taken> = Answer;');
for (const type of types) {
  const schema = names[type] ?? type;
  if (!schemas[schema]) throw new Error(`types.ts has ${type}, and the API's description no schema ${schema}`);
  lines.push(`export type Of${type} = Fits<Api.${schema}, Page.${type}>;`);
}
mkdirSync(`${here}dist/check`, {recursive: true});
writeFileSync(`${here}dist/check/types.ts`, `${lines.join('\n')}\n`);
const checked = spawnSync(`${here}node_modules/.bin/tsc`,
  ['--noEmit', '--strict', '--allowImportingTsExtensions', '--module', 'esnext', '--moduleResolution', 'bundler', '--target', 'es2022', `${here}dist/check/types.ts`],
  {encoding: 'utf8'});
if (checked.status !== 0) {
  console.error(`src/types.ts is not what control/plane/openapi.json describes:\n${checked.stdout}${checked.stderr}`);
  process.exit(1);
}
