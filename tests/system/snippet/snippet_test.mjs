// The snippet in headless Chromium: what it sends, when, and when nothing. A plain HTTP server on 127.0.0.1 writes down what
// arrives; every beacon of every test must be one by the description of the format (spec.mjs), and `bellrock replay` must
// accept each of them.
//
//   node snippet_test.mjs [--bin DIRECTORY]    with bellrock in it
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {after, before, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {gzipSync} from 'node:zlib';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const {values: {bin}} = parseArgs({options: {bin: {type: 'string'}}});

execFileSync(join(root, 'tools/snippet/build'), {stdio: 'inherit'});
if (!existsSync(join(root, 'tools/shop/node_modules'))) {
  execFileSync('npm', ['ci', '--silent'], {cwd: join(root, 'tools/shop'), stdio: 'inherit'});
}
const {capture} = await import('./capture.mjs');
const {Shop} = await import('./shop.mjs');
const snippet = join(root, 'tools/snippet/dist/bellrock.js');
const shop = new Shop(snippet, join(root, 'tools/snippet/stub.js'));

before(() => shop.open());
after(() => shop.close());

test('it is smaller than 4 KiB compressed, with a little to spare for other compressors, and nothing in it is evaluated', () => {
  const text = readFileSync(snippet);
  assert.ok(gzipSync(text, {level: 9}).length < 4032, `${gzipSync(text, {level: 9}).length} bytes`);
  assert.doesNotMatch(text.toString(), /\beval\b|\bFunction\(|innerHTML|document\.write|setTimeout\("/);
});

for (const name of ['saying', 'clicking', 'sending', 'privacy', 'page_life']) {
  const {cases} = await import(`./${name}.mjs`);
  for (const [sentence, work] of Object.entries(cases)) {
    test(sentence, {timeout: 600_000}, async () => {
      await shop.visit(work);
    });
  }
}

test('bellrock accepts every beacon of these tests', {skip: !bin && 'no --bin'}, () => {
  const place = mkdtempSync(join(tmpdir(), 'bellrock-replay-'));
  try {
    writeFileSync(join(place, 'snippet.pcap'), capture(shop.posts));
    const output = execFileSync(join(bin, 'bellrock'), ['replay', '--config', join(root, 'config/shop'), '--pcap',
      join(place, 'snippet.pcap'), '-o', 'json'], {maxBuffer: 1 << 26});
    const {beacons} = JSON.parse(output);
    assert.deepEqual(beacons.rejected, {});
    assert.equal(beacons.accepted, shop.beacons);
    assert.deepEqual(Object.keys(beacons.by_type).sort(), ['action', 'click', 'error', 'feedback', 'step', 'vitals']);
  } finally {
    rmSync(place, {recursive: true});
  }
});
