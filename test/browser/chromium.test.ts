/**
 * The behaviour suite in headless Chromium: what each call answers there must be what it answers in Node, where test/frontends/node-posix.test.ts holds it
 * against the kernel.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { agree } from '../harness/agree.ts';
import { bundleSuite } from './bundle.ts';
import type { Results } from './suite.ts';

const PAGE = `<!doctype html><title>tuxfs</title><script type="module">
  const send = (what, body) => fetch('/' + what, { method: 'POST', body });
  try {
    const { results } = await import('/suite.js');
    await send('results', JSON.stringify(results));
  } catch (error) {
    await send('failure', String(error.stack ?? error));
  }
</script>`;

const directory = mkdtempSync(join(tmpdir(), 'tuxfs-chromium-'));
let chromium: ChildProcess | undefined;
let server: Server | undefined;
afterAll(async () => {
  server?.closeAllConnections();
  server?.close();
  if (chromium !== undefined && chromium.exitCode === null) {
    const gone = new Promise((resolve) => chromium?.once('exit', resolve));
    chromium.kill();
    await gone;
  }
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
});

/** Serves the page, and answers what it sends back. */
function inPage(suite: string): Promise<Results> {
  return new Promise((resolve, reject) => {
    const listening = createServer(async (request, response) => {
      const body = await text(request);
      response.setHeader('Content-Type', request.url === '/suite.js' ? 'text/javascript' : 'text/html; charset=utf-8');
      response.end(request.url === '/suite.js' ? suite : request.url === '/' ? PAGE : '');
      if (request.url === '/results') resolve(JSON.parse(body) as Results);
      if (request.url === '/failure') reject(new Error(`the page failed: ${body}`));
    });
    server = listening;
    listening.listen(0, '127.0.0.1', () => {
      const { port } = listening.address() as AddressInfo;
      const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage', '--no-first-run'];
      const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];
      chromium = spawn('chromium', [...flags, ...quiet, `--user-data-dir=${directory}/profile`, `http://127.0.0.1:${port}/`], {
        stdio: 'ignore',
      });
      chromium.once('exit', (status) => reject(new Error(`chromium ended with ${status} before the page had a result`)));
    });
  });
}

const found = spawnSync('chromium', ['--version'], { encoding: 'utf8' }).status === 0;
if (!found) process.stdout.write('\nnot run: the behaviour suite in a browser: there is no chromium\n');

it('answers in a page as in Node', { timeout: 300_000 }, async () => {
  const suite = await bundleSuite();
  const file = join(directory, 'suite.mjs');
  writeFileSync(file, suite);
  const { results: inNode } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { results: Results };
  const failed = Object.entries(inNode).filter(([, lines]) => lines[0]?.startsWith('failed: '));
  expect(failed).toEqual([]);
  expect(Object.keys(inNode).length).toBeGreaterThan(1500);
  if (!found) return;
  const page = await inPage(suite);
  for (const [name, lines] of Object.entries(inNode)) {
    try {
      agree(page[name] ?? [], lines);
    } catch (error) {
      throw new Error(`${name}, in a page: ${(error as Error).message}`, { cause: error });
    }
  }
  expect(Object.keys(page)).toEqual(Object.keys(inNode));
});
