// A site and a collector on 127.0.0.1, each an origin of its own. The site serves the pages it is given and the snippet; both
// take beacons on /rum and write down every request, as it came.
import {readFileSync} from 'node:fs';
import {createServer} from 'node:http';

const bodyOf = async (request) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
};

export class Site {
  // `snippet` is the path of bellrock.js. `requests`: everything but pages and scripts.
  constructor(snippet, stub) {
    this.files = {'/bellrock.js': readFileSync(snippet), '/stub.js': readFileSync(stub)};
    this.pages = {};
    this.held = undefined;  // a promise that the snippet waits for
    this.requests = [];
    this.violations = [];
  }

  async start() {
    [this.server, this.collector] = await Promise.all([this.listen('site'), this.listen('collector')]);
    return this;
  }
  async listen(name) {
    const server = createServer((request, response) => this.answer(name, request, response));
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server;
  }
  stop() {
    for (const server of [this.server, this.collector]) {
      server.closeAllConnections();
      server.close();
    }
  }
  get origin() {
    return `http://shop.example:${this.server.address().port}`;
  }
  get collectorOrigin() {
    return `http://rum.shop.example:${this.collector.address().port}`;
  }

  async answer(server, request, response) {
    const {pathname} = new URL(request.url, 'http://host');
    const body = await bodyOf(request);
    if (pathname === '/csp') this.violations.push(body.toString());
    if (server === 'site' && this.pages[pathname]) return this.say(response, 'text/html; charset=utf-8', this.pages[pathname]);
    if (this.files[pathname]) {
      if (pathname === '/bellrock.js') await this.held;
      return this.say(response, 'text/javascript', {text: this.files[pathname]});
    }
    this.requests.push({server, method: request.method, target: request.url, headers: request.headers, raw: request.rawHeaders, body});
    response.writeHead(pathname === '/rum' ? 204 : 404);
    return response.end();
  }
  say(response, type, {text, headers = {}}) {
    response.writeHead(200, {'Content-Type': type, ...headers});
    response.end(text);
  }

  get posts() {
    return this.requests.filter(({target}) => target.split('?')[0] === '/rum');
  }
  // Every beacon of every body, in the order of arrival.
  get beacons() {
    return this.posts.flatMap(({body}) => JSON.parse(body.toString()));
  }
}

// A page whose script tag has `attributes`, and what else is in its head and body.
export const page = ({attributes = '', head = '', body = '<h1>Shop</h1>', headers, stub = true} = {}) => ({
  headers,
  text: `<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title><link rel="icon" href="data:,">
${stub ? '<script src="/stub.js"></script>' : ''}<script async src="/bellrock.js" ${attributes}></script>${head}<body>${body}</body></html>`,
});
