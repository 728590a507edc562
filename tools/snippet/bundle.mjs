// Bundles src/main.js and what it uses of web-vitals into the file that is named.
import {build} from 'esbuild';
import {writeFileSync} from 'node:fs';
import {basename, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {minify} from 'terser';

const here = fileURLToPath(new URL('.', import.meta.url));
const [target] = process.argv.slice(2);

// web-vitals' helpers that src/shorter.js has in fewer bytes. A name that web-vitals no longer has fails the build.
const replaced = new Set(['initMetric', 'bindReporter', 'initUnique', 'whenActivated', 'whenIdleOrHidden', 'bfcache', 'observe', 'getVisibilityWatcher',
  'LCPEntryManager', 'LayoutShiftManager', 'InteractionManager', 'interactionCountPolyfill']);
const found = new Set();
const shorter = {
  name: 'shorter',
  setup(bundler) {
    bundler.onResolve({filter: /^\..*\.js$/}, ({path, importer}) => {
      const name = basename(path, '.js');
      if (!importer.includes('node_modules') || !replaced.has(name)) return undefined;
      found.add(name);
      return {path: resolve(here, 'src/shorter.js')};
    });
  },
};

const {outputFiles: [bundle]} = await build({
  entryPoints: [resolve(here, 'src/main.js')], bundle: true, write: false, format: 'iife', target: 'es2022', plugins: [shorter],
});
const lost = [...replaced].filter((name) => !found.has(name));
if (lost.length) throw new Error(`web-vitals has no ${lost} any more`);

// What web-vitals has for others: options, of which we give none, entries that only attribution reads, and functions that
// shorter.js makes to nothing. As many places as there are here, or the build fails.
const unused = [
  [/^\s*metric\.entries\.push\(.*\);\n/gm, '', 1],
  [/^\s*metric\.entries = (?!\[navigationEntry\]).*;\n/gm, '', 3],
  [/opts\.reportAllChanges/g, 'false', 11],
  [/opts\.durationThreshold \?\? DEFAULT_DURATION_THRESHOLD/g, '40', 1],
  [/initUnique\(opts, (\w+)\)/g, 'new $1()', 3],
  [/, opts = \{\}/g, '', 5],
  [/^(\s*)whenActivated\(/gm, '$1((work) => work())(', 4],
  [/whenIdleOrHidden\(/g, '((work) => work())(', 2],
];
let text = bundle.text;
for (const [pattern, replacement, places] of unused) {
  const count = text.match(pattern)?.length;
  if (count !== places) throw new Error(`web-vitals has ${pattern} ${count} times, not ${places}`);
  text = text.replace(pattern, replacement);
}

const {code} = await minify(text, {
  ecma: 2020, toplevel: true, module: true,
  compress: {passes: 6, unsafe_arrows: true, unsafe_methods: true, pure_getters: true, hoist_funs: true, keep_fargs: false},
  // web-vitals' private members, and names that only it and shorter.js use.
  mangle: {properties: {regex: /^_|^(firstHiddenTime|onHidden|reportAllChanges)$/}},
});
// One word for a declaration compresses better than two; no text in it holds the word.
writeFileSync(target, `/*! Bellrock, web-vitals (Google): Apache-2.0 */\n${code.replace(/\bconst\b/g, 'let')}\n`);
