// Everybody who uses a daemon at once: publishers, correctors, representatives, an importer, and the one who
// rotates its log and changes its configuration.  Whoever loses the daemon in the middle of a request does
// what a real one does: waits for it and asks the same again.
import assert from 'node:assert/strict';
import { readFileSync, renameSync } from 'node:fs';
import { Api } from './api.mjs';
import { FORM } from './asking.mjs';
import { configure } from './daemon.mjs';
import { readMail } from './mail.mjs';
import { broadcast, chicago } from './roster.mjs';
import { pause } from './seeded.mjs';

const MISSIONS = 24;
const BACKLOG = 500; // notifications on their way: beyond it the publishers wait
export const MOST_PER_HOST = 8; // webhook calls at once
const mission = (i) => `m-${String(i).padStart(4, '0')}`;
const mailbox = (m, k) => `mailto:liaison${k}@${m}.example`;
const hook = (m, k) => `/hooks/${m}/${k}`;
const triple = ({ identifier, sender, sent }) => ({ identifier, sender, sent });

/** web: the port of the proxy; version: in the telephone number of everybody. */
const roster = (web, version) => chicago(MISSIONS, (i, m) => [1, 2].map((k) => ({
  email: `liaison${k}@${m}.example`, webhook: `http://127.0.0.1:${web}${hook(m, k)}`,
  phone: `+1312${String(version).padStart(7, '0')}`,
})));

export class Storm {
  /** parts: { web, pages, maildir }; conf: what the daemon is configured with. */
  constructor(it, chance, evidence, parts, conf) {
    Object.assign(this, { it, chance, evidence, parts, conf, over: false, life: 0, rotated: [], hooks: new Set() });
    this.pages = new Api({ host: '127.0.0.1', port: parts.pages });
    this.alive = new Promise((resolve) => { this.setAlive = resolve; });
    it.defer(() => { this.over = true; });
  }

  /* --- the daemon's life, told by whoever kills it --- */

  lives(d) {
    this.d = d;
    this.life += 1;
    this.setAlive(d);
  }

  gone() {
    if (!this.d) return;
    this.d = undefined;
    this.alive = new Promise((resolve) => { this.setAlive = resolve; });
  }

  /** Until somebody does that, or ms have passed. */
  doing(aim, ms) {
    return new Promise((resolve) => {
      const entry = { aim, resolve };
      this.hooks.add(entry);
      setTimeout(resolve, ms);
    }).finally(() => this.hooks.forEach((h) => h.aim === aim && this.hooks.delete(h)));
  }

  does(aim) {
    this.hooks.forEach((h) => h.aim === aim && h.resolve());
  }

  /** One request in one life: its answer, or undefined when the daemon died over it. */
  async ask(aim, request) {
    while (!this.d) await this.alive;
    const { life } = this;
    const asked = request(this.d.api);
    this.does(aim);
    try {
      return await asked;
    } catch (e) {
      if (!/ECONNRESET|ECONNREFUSED|ENOENT|EPIPE|socket hang up/.test(`${e.code} ${e.message}`)) throw e;
      if (this.life === life) this.gone();
      return undefined;
    }
  }

  /* --- what they do --- */

  waiting() {
    const { offers, ended } = this.evidence;
    return offers.reduce((n, o) => n + (o.answer?.json.notifications ?? 0), 0) - ended;
  }

  /** Offers it until it is answered, however often the daemon dies over it. */
  async offer(aim, offer) {
    this.evidence.offers.push(offer);
    for (;;) {
      const answer = await this.ask(aim, (api) => api.request('POST', '/v1/broadcasts', offer.body));
      if (!answer) continue;
      const fine = [200, 201].includes(answer.status) || (offer.kind === 'short' && answer.status === 422);
      assert.ok(fine, `${offer.body.identifier}: ${answer.status} ${answer.text}`);
      offer.answer = answer;
      return;
    }
  }

  alert() {
    const short = this.chance.chance(0.2);
    const everyone = !short && this.chance.chance(0.2);
    const some = Array.from({ length: this.chance.between(1, 6) }, () => mission(this.chance.between(1, MISSIONS)));
    const missions = everyone ? Array.from({ length: MISSIONS }, (_, i) => mission(i + 1)) : [...new Set(some)];
    const urgency = this.chance.pick(['immediate', 'expected', 'future']);
    const expires = new Date(Date.now() + (short ? this.chance.between(300, 3000) : 3600_000)).toISOString();
    return {
      body: broadcast({ urgency, expires, audience: everyone ? { everyone: true } : { missions } }),
      kind: short ? 'short' : 'long',
      people: short ? undefined : missions.flatMap((m) => [1, 2].flatMap((k) => [mailbox(m, k), hook(m, k)])),
    };
  }

  async publish() {
    while (!this.over) {
      if (this.waiting() < BACKLOG) await this.offer('intake', this.alert());
      await pause(this.chance.between(10, 150));
    }
  }

  /** Cancels or updates an alert that is on its way, or was. */
  async correct() {
    while (!this.over) {
      await pause(this.chance.between(5, 120));
      const open = this.evidence.offers.slice(-8).filter((o) => o.kind === 'long' && o.answer && !o.corrected && !o.corrects);
      if (open.length === 0) continue;
      const corrects = open.at(-1); // the one that is most likely to be on its way
      corrects.corrected = true;
      const type = this.chance.pick(['cancel', 'update']);
      const { audience, urgency } = corrects.body;
      const body = broadcast({ type, urgency, audience: type === 'cancel' ? undefined : audience, references: [triple(corrects.body)] });
      if (type === 'update') body.messages[0].headline = 'Streets are open again in the north';
      await this.offer('correction', { body, corrects, kind: 'correction' });
    }
  }

  /** A representative reads a mail or a webhook that has come lately, and answers on the page. */
  async acknowledge() {
    const done = new Set();
    while (!this.over) {
      await pause(this.chance.between(5, 120));
      const unread = [...this.evidence.webhooks.slice(-20), ...this.evidence.mails.slice(-20)].filter((a) => !done.has(a.key));
      if (unread.length === 0) continue;
      const a = this.chance.pick(unread);
      done.add(a.key);
      const { url, code } = a.file ? readMail(readFileSync(`${this.parts.maildir}/${a.file}`, 'latin1')) : a.asks ?? {};
      if (!url || !code) continue;
      const form = new URLSearchParams({ code, answer: 'understood' }).toString();
      const from = { 'content-type': FORM, 'x-forwarded-for': `10.2.${done.size >> 8}.${done.size & 255}` };
      let answer;
      while (!answer) answer = await this.ask('acknowledgement', () => this.pages.request('POST', new URL(url).pathname, form, from));
      assert.equal(answer.status, 200, answer.text);
      const [, rank, post] = /liaison(\d)@(.*)\.example/.exec(a.endpoint) ?? [];
      const [, of, n] = /hooks\/(.*)\/(\d)/.exec(a.endpoint) ?? [];
      this.evidence.answers.push({ broadcast: a.broadcast, recipient: `${post ?? of}/${rank ?? n}` });
    }
  }

  /** Answers what was answered: undefined when the daemon died over it. */
  async bring(version, ask) {
    const known = this.evidence.roster;
    const { missions, representatives } = roster(this.parts.web, version);
    known.tried = version;
    const r = await ask((api) => api.request('POST', '/v1/roster', {
      missions: { name: 'missions.csv', text: missions },
      representatives: { name: 'representatives.csv', text: representatives },
    }));
    known[r ? 'answered' : 'unsure'] += 1;
    if (!r) return;
    assert.equal(r.status, 200, r.text);
    known.known = version;
  }

  setUp(d) {
    return this.bring(0, (request) => request(d.api));
  }

  async import() {
    for (let version = 1; !this.over; version++) {
      await this.bring(version, (request) => this.ask('import', request));
      await pause(this.chance.between(100, 600));
    }
  }

  /** Renames the log away and has it opened anew; or only changes the configuration. */
  async operate() {
    while (!this.over) {
      await pause(this.chance.between(50, 400));
      while (!this.d) await this.alive;
      const rotates = this.chance.chance(0.5);
      const { file } = this.conf.delivery_log;
      if (rotates) {
        const to = `${file}.${this.rotated.length + 1}`;
        try { renameSync(file, to); } catch { continue; } // a kill came before it was opened anew
        this.rotated.push(to);
      } else {
        this.conf.webhook.per_host = this.chance.between(1, MOST_PER_HOST);
        this.conf.dispatch.window = this.chance.between(10, 200);
        configure(this.it, this.conf);
      }
      this.does(rotates ? 'rotation' : 'reload');
      this.d.part.signal('SIGHUP');
    }
  }

  /** All of them, until stop(). */
  start() {
    const all = [this.import(), this.publish(), this.publish(), this.publish(), this.correct(), this.acknowledge(), this.acknowledge(), this.operate()];
    this.actors = Promise.all(all);
    this.actors.catch(() => { this.failed = true; });
  }

  async stop() {
    this.over = true;
    await this.actors;
  }
}
