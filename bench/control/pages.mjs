// How long until a page of the dashboard can be used: nothing of it is loading any more. pages.py starts it.
//
//   node pages.mjs --url URL --rounds N HASH…       one line of JSON: {HASH: [seconds, …]}
import {parseArgs} from 'node:util';
import {Visitor} from '../../tests/system/dashboard/visitor.mjs';

const {values, positionals} = parseArgs({options: {url: {type: 'string'}, rounds: {type: 'string'}}, allowPositionals: true});
const visitor = await Visitor.come(values.url);
const times = {};
try {
  for (let round = 0; round < Number(values.rounds); ++round) {
    for (const hash of positionals) {
      await visitor.look({}, async (page) => {
        const begin = performance.now();
        await visitor.go(page, hash);
        (times[hash] ??= []).push((performance.now() - begin) / 1000);
      });
    }
  }
} finally {
  await visitor.leave();
}
console.log(JSON.stringify(times));
