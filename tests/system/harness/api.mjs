// The daemon's API as a client sees it: requests over the UNIX socket or TCP, and the record stream.
import http from 'node:http';
import https from 'node:https';
import { within } from './scene.mjs';

/** where: { socketPath } or { host, port }, with ca for TLS. */
export class Api {
  constructor(where, token) {
    this.where = where;
    this.headers = token ? { authorization: `Bearer ${token}` } : {};
  }

  /** One request; a body that is neither text nor a Buffer is sent as JSON.  Resolves { status, headers, text, json }. */
  request(method, path, body, headers = {}) {
    const text = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const all = { ...this.headers, ...(text === undefined ? {} : { 'content-type': 'application/json' }), ...headers };
    if (text !== undefined) all['content-length'] = Buffer.byteLength(text);
    const answer = new Promise((resolve, reject) => {
      const req = (this.where.ca ? https : http).request({ ...this.where, method, path, headers: all, agent: false }, (res) => {
        let got = '';
        res.setEncoding('utf8').on('data', (d) => { got += d; });
        res.on('error', reject);
        res.on('end', () => resolve({
          status: res.statusCode,
          headers: res.headers,
          text: got,
          json: /json/.test(res.headers['content-type'] ?? '') ? JSON.parse(got) : undefined,
        }));
      });
      req.on('error', reject);
      req.end(text);
    });
    return within(60_000, `${method} ${path}`, answer);
  }

  get(path, headers) {
    return this.request('GET', path, undefined, headers);
  }

  /** GET that has to be answered 200; its JSON. */
  async read(path) {
    const r = await this.get(path);
    if (r.status !== 200) throw new Error(`GET ${path}: ${r.status} ${r.text}`);
    return r.json;
  }

  /** Every record of the journal behind number `from` that the filter lets through, read page by page. */
  async records(filter = '', from = 0) {
    const all = [];
    for (let after = from; ;) {
      const page = await this.read(`/v1/records?after=${after}&limit=1000${filter && `&${filter}`}`);
      all.push(...page.records);
      if (page.records.length === 0) return all;
      after = page.records.at(-1).seq;
    }
  }

  /** Follows /v1/records/stream from after `after`; see Follower. */
  follow(filter = '', { after = 0, lastEventId } = {}) {
    return new Follower(this, `/v1/records/stream?after=${after}${filter && `&${filter}`}`, lastEventId);
  }
}

/** Server-Sent Events as they come; records, and a count by event name, can be waited for. */
export class Follower {
  constructor(api, path, lastEventId) {
    this.records = [];
    this.ids = [];
    this.counts = {};
    this.watchers = new Set();
    const headers = { ...api.headers, ...(lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }) };
    this.ended = new Promise((resolve) => { this.end = resolve; });
    this.req = http.request({ ...api.where, path, headers, agent: false }, (res) => {
      this.status = res.statusCode;
      this.type = res.headers['content-type'];
      let rest = '';
      res.setEncoding('utf8').on('data', (text) => {
        const blocks = (rest + text).split('\n\n');
        rest = blocks.pop();
        blocks.forEach((block) => this.take(block));
        this.wake();
      });
      res.on('error', () => {});
      res.on('close', () => this.close());
    });
    this.req.on('error', () => this.close());
    this.req.end();
  }

  take(block) {
    const field = (name) => block.split('\n').filter((l) => l.startsWith(`${name}: `)).map((l) => l.slice(name.length + 2));
    const data = field('data');
    if (data.length === 0) return; // a ping
    const record = JSON.parse(data.join('\n'));
    this.records.push(record);
    this.ids.push(Number(field('id')[0]));
    this.counts[record.event] = (this.counts[record.event] ?? 0) + 1;
  }

  wake() {
    for (const fn of [...this.watchers]) fn();
  }

  close() {
    this.over = true;
    this.req.destroy();
    this.end();
    this.wake();
  }

  /** Until condition(this) holds; the stream's end before that is a failure. */
  until(what, condition, ms = 60_000) {
    const met = new Promise((resolve, reject) => {
      const look = () => {
        if (condition(this)) resolve(this);
        else if (this.over) reject(new Error(`the record stream ended before: ${what}`));
        else return;
        this.watchers.delete(look);
      };
      this.watchers.add(look);
      look();
    });
    const seen = () => `${what} (records so far: ${JSON.stringify(this.counts)})`;
    return within(ms, what, met).catch((e) => { throw new Error(`${e.message}; ${seen()}`); });
  }

  /** Until so many notifications are accepted. */
  accepted(n, ms) {
    return this.until(`${n} accepted`, (f) => (f.counts['notification.accepted'] ?? 0) >= n, ms);
  }
}
