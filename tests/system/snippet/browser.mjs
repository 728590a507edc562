// Headless Chromium as tools/shop drives it, with the driver that is installed there.
import {createRequire} from 'node:module';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const require = createRequire(new URL('../../../tools/shop/walk.mjs', import.meta.url));
const {chromium} = require('playwright-core');

const flags = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,MediaRouter', '--no-default-browser-check',
  '--host-resolver-rules=MAP *.example 127.0.0.1, MAP * ~NOTFOUND'];

// `preferences` are what a visitor has set in the browser; `restores`: going back finds pages as they were left.
export async function open({preferences = {}, restores = false} = {}) {
  const profile = mkdtempSync(join(tmpdir(), 'bellrock-snippet-'));
  mkdirSync(join(profile, 'Default'));
  writeFileSync(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium', headless: true, args: flags, chromiumSandbox: false,
    ignoreDefaultArgs: restores ? ['--disable-back-forward-cache'] : [],
  });
  return {
    context,
    async close() {
      await context.close();
      rmSync(profile, {recursive: true, force: true, maxRetries: 5});
    },
  };
}
