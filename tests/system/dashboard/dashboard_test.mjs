// The pages in headless Chromium. dashboard_test.py starts the centre.
//
//   node dashboard_test.mjs --url URL --mode empty|full --truth FILE [--keep FOLDER]
import {readFileSync} from 'node:fs';
import {after, before, test} from 'node:test';
import {parseArgs} from 'node:util';
import {Truth} from './truth.mjs';
import {Visitor} from './visitor.mjs';

const text = {type: 'string'};
const {values} = parseArgs({options: {url: text, mode: text, truth: text, keep: text}});
const truth = new Truth(JSON.parse(readFileSync(values.truth)));
let visitor;

before(async () => {
  visitor = await Visitor.come(values.url, values.keep);
  visitor.mode = values.mode;
});
after(() => visitor.leave());

for (const name of values.mode === 'full' ? ['full', 'signals', 'any'] : ['empty', 'any']) {
  const {cases} = await import(`./${name}.mjs`);
  for (const [sentence, work] of Object.entries(cases)) test(`${values.mode}: ${sentence}`, {timeout: 300_000}, () => work(visitor, truth));
}
