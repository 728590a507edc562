// The dynamic part of the shop, behind nginx. Takes the socket to listen on and the file that gets every beacon body:
// with nginx's access log that file is the truth about a visit.
// A search for "slow …", "broken …" or "endless …", and the cards of checkout.html, choose what goes wrong.
import {appendFileSync} from 'node:fs';
import {createServer} from 'node:http';

const [socket, beaconFile] = process.argv.slice(2);

const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const between = (low, high) => low + Math.random() * (high - low);

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function reply(response, status, type, text) {
  if (response.destroyed) return;
  response.writeHead(status, {'Content-Type': type, 'Content-Length': Buffer.byteLength(text)});
  response.end(text);
}
const json = (response, status, value) => reply(response, status, 'application/json', JSON.stringify(value));

function searchPage(query, count) {
  const escaped = query.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  const hits = Array.from({length: count}, (_, i) =>
    `<li><a class="hit" href="/product/${100 + i}">Lighthouse lamp no. ${100 + i}</a> <span>${19 + i},90 €</span></li>`);
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Search</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/static/shop.css">
<header><a href="/">Bell Rock Supplies</a> <a href="/cart">Cart</a></header>
<main data-page="search" data-count="${count}" data-glitch="${query.startsWith('glitch')}">
<h1>Results for “${escaped}”</h1><ul>${hits.join('\n')}</ul></main>
<script src="/static/stub.js"></script>
<script async src="/static/bellrock.js" data-endpoint="/rum" data-cookie="sid"></script>
<script src="/static/shop.js"></script></html>`;
}

async function search(url, response) {
  const query = url.searchParams.get('q') ?? '';
  if (query.startsWith('endless')) await delay(20_000);
  if (query.startsWith('slow')) await delay(1_300);
  await delay(between(20, 80));
  if (query.startsWith('broken')) return reply(response, 500, 'text/html', '<title>Error</title><p>Search is down.');
  return reply(response, 200, 'text/html; charset=utf-8', searchPage(query, 12));
}

async function payments(request, response) {
  const {card} = JSON.parse(await bodyOf(request));
  if (card === 'endless') await delay(20_000);
  await delay(card === 'slow' ? 1_200 : between(60, 160));
  if (card === 'declined') return json(response, 402, {error: 'declined'});
  if (card === 'broken') return json(response, 503, {error: 'try again'});
  return json(response, 201, {order: 4_000 + Math.floor(Math.random() * 1_000)});
}

createServer(async (request, response) => {
  const url = new URL(request.url, 'http://backend');
  if (url.pathname === '/search') return search(url, response);
  if (url.pathname === '/api/v1/payments') return payments(request, response);
  const body = await bodyOf(request);
  if (url.pathname === '/rum') {
    appendFileSync(beaconFile, JSON.stringify({body}) + '\n');
    response.writeHead(204);
    return response.end();
  }
  if (url.pathname === '/api/cart') return json(response, 200, {items: 1});
  return json(response, 404, {error: 'not found'});
}).listen(socket);
