// Bundles src/ into dist/app.js and dist/theme.js, and makes the style sheet smaller; copies the rest of page/.
import {copyFileSync, mkdirSync, renameSync, rmSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const dist = `${here}dist/`, fresh = `${here}dist/new/`;
mkdirSync(fresh, {recursive: true});
await build({
  entryPoints: {app: `${here}src/app.tsx`, theme: `${here}src/theme.ts`, page: `${here}page/page.css`},
  outdir: fresh, bundle: true, minify: true, format: 'iife', target: ['es2022', 'chrome123', 'firefox125', 'safari17.5'],
  jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none', charset: 'utf8', logLevel: 'warning',
  banner: {js: '/*! Bellrock: Apache-2.0. Preact: MIT */'},
});
for (const name of ['index.html', 'icon.svg']) copyFileSync(`${here}page/${name}`, `${fresh}${name}`);
for (const name of ['app.js', 'theme.js', 'page.css', 'index.html', 'icon.svg']) renameSync(`${fresh}${name}`, `${dist}${name}`);
rmSync(fresh, {recursive: true});
