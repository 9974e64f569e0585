// A daemon that asks for acknowledgements, the mails it sends, and a representative who answers.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { Api } from './api.mjs';
import { daemon, importRoster, send } from './daemon.mjs';
import { readMaildir } from './mail.mjs';
import { freePort, poll } from './scene.mjs';
import { sink } from './sink.mjs';

export const FORM = 'application/x-www-form-urlencoded';

/** Sink, daemon with pages, roster.  From the same address many callers may come: see from(). */
export async function asking(it, roster, { acknowledge = {}, prefix = '', rules = [], args = [], ...extra } = {}) {
  const maildir = it.file('mail');
  mkdirSync(maildir);
  const peers = await sink(it, { rules, args: ['--maildir', maildir, '--bodies', ...args] });
  const port = await freePort();
  const base = `http://127.0.0.1:${port}${prefix}`;
  const d = await daemon(it, {
    smtp: { port: peers.smtp },
    webhook: { allow_http: true, allow_networks: ['127.0.0.0/8'] },
    acknowledge: { base_url: base, address: `127.0.0.1:${port}`, forwarded_from: ['127.0.0.0/8'], quorum_urgent: 1, ...acknowledge },
    ...extra,
  });
  await importRoster(d, typeof roster === 'function' ? roster(peers) : roster);
  const pages = new Api({ host: '127.0.0.1', port });
  let callers = 0;
  return {
    d, peers, pages, port, base,
    mails: () => readMaildir(maildir),
    /** Sends a broadcast, and waits until what it sends at once is accepted and stored as such. */
    async send(what) {
      const taken = await send(d, what);
      const waiting = async () => {
        const { queued, sending, deferred } = (await d.api.read(`/v1/broadcasts/${taken.id}`)).progress.notifications;
        return queued + sending + deferred;
      };
      await poll(120_000, 'everything is sent', async () => await waiting() === 0);
      return taken;
    },
    /** The n-th mail to that mailbox. */
    mailTo(mailbox, n = 1) {
      const mine = readMaildir(maildir).filter((m) => m.to === mailbox);
      assert.ok(mine.length >= n, `${mine.length} mails came to ${mailbox}`);
      return mine[n - 1];
    },
    /** Headers of a caller of another address, as a proxy tells it. */
    from: () => { callers += 1; return { 'x-forwarded-for': `10.1.${callers >> 8}.${callers & 255}` }; },
    post: (path, fields, headers = {}) => pages.request('POST', path, new URLSearchParams(fields).toString(), { 'content-type': FORM, ...headers }),
    coverage: async (id) => (await d.api.read(`/v1/broadcasts/${id}`)).coverage,
    explain: (id) => d.api.read(`/v1/broadcasts/${id}/explain`),
    obligation: async (id, recipient) => {
      const { missions, others } = await d.api.read(`/v1/broadcasts/${id}/explain`);
      return [...missions.flatMap((m) => m.obligations), ...others].find((o) => o.recipient === recipient);
    },
  };
}

/** A code of the same form that is another one. */
export const wrongCode = (code) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

/** What nothing but a right answer may change: all that the daemon tells of the broadcast. */
export async function unchanged(a, id, what, body) {
  const before = await a.explain(id);
  await body();
  assert.deepEqual(await a.explain(id), before, `${what} changed something`);
}
