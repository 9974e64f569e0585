// Acknowledgement and escalation against the real daemon: links and codes are taken from mail that a
// receiver really got, answers go through the public pages, and strangers try what they can.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';
import { Api } from './harness/api.mjs';
import { asking, FORM, unchanged, wrongCode } from './harness/asking.mjs';
import { configure, restart, send } from './harness/daemon.mjs';
import { broadcast, chicago, mailboxes, parseCsv } from './harness/roster.mjs';
import { answers, freePort, Part, poll, scene } from './harness/scene.mjs';

const GUARDS = {
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff', 'x-robots-tag': 'noindex',
};
const guarded = (r) => Object.entries(GUARDS).forEach(([name, value]) => assert.equal(r.headers[name], value, name));
const ONE = 'liaison1@m-0001.example';

/* --- the page --- */

scene('the right code acknowledges, once, and says so', async (it) => {
  const a = await asking(it, mailboxes(2, 1));
  const { id } = await a.send(broadcast());
  const mail = a.mailTo(ONE);
  assert.match(mail.code, /^\d{6}$/);
  assert.ok(mail.html.includes(`${mail.code.slice(0, 3)} ${mail.code.slice(3)}`), 'to be read aloud');
  assert.ok(mail.url.startsWith(`${a.base}/a/`));
  assert.ok(mail.html.includes(mail.url), 'the HTML part has the link too');
  assert.deepEqual(await a.coverage(id), { affected: 2, covered: 0, taken: 0, waiting: 2 });

  const page = await a.pages.get(mail.path);
  assert.equal(page.status, 200);
  guarded(page);
  assert.match(page.headers['content-type'], /^text\/html; charset=utf-8$/);
  assert.ok(page.text.includes('Streets closed downtown'));
  const read = new RegExp(`${mail.code.slice(0, 3)}\\s?${mail.code.slice(3)}`);
  assert.doesNotMatch(page.text, read, 'the code is in the message only');
  assert.ok(!page.text.includes('.example'), 'no address of anybody is shown');

  const answer = await a.post(mail.path, { code: mail.code, answer: 'understood', note: 'On our way.\r\nTwo cars.' });
  assert.equal(answer.status, 200, answer.text);
  guarded(answer);
  assert.deepEqual(await a.coverage(id), { affected: 2, covered: 1, taken: 0, waiting: 1 });
  const told = await a.obligation(id, 'm-0001/1');
  assert.equal(told.state, 'acknowledged');
  assert.equal(told.asks, true);
  assert.deepEqual(told.answers.map(({ answer: said, method, note, from, notification }) => [said, method, note, from, notification]),
    [['understood', 'page', 'On our way.\nTwo cars.', '127.0.0.1', told.notifications[0].id]]);
  assert.equal((await a.obligation(id, 'm-0002/1')).answers.length, 0, 'nobody answers for another');

  const long = '街'.repeat(500); // as much as the page lets anybody write
  const other = a.mailTo('liaison1@m-0002.example');
  assert.equal((await a.post(other.path, { code: other.code, answer: 'understood', note: long })).status, 200);
  assert.equal((await a.obligation(id, 'm-0002/1')).answers[0].note, long);

  await unchanged(a, id, 'the same answer again', async () => {
    assert.equal((await a.post(mail.path, { code: mail.code, answer: 'understood' })).status, 200);
  });
});

scene('GET, HEAD, a bare form, a wrong code and strange forms change nothing', async (it, t) => {
  const a = await asking(it, mailboxes(1, 1));
  const { id } = await a.send(broadcast());
  const mail = a.mailTo(ONE);
  const { code, path } = mail;
  const rows = [
    ['GET', () => a.pages.get(path), 200],
    ['GET with what a scanner adds', () => a.pages.get(`${path}?code=${code}&answer=understood`), 200],
    ['HEAD', () => a.pages.request('HEAD', path), 200],
    ['a bare POST', () => a.post(path, {}), 403],
    ['a POST without a code', () => a.post(path, { answer: 'understood' }), 403],
    ['an empty code', () => a.post(path, { code: '', answer: 'understood', note: '' }), 403],
    ['what is no code', () => a.post(path, { code: 'scanner', answer: 'understood' }), 403],
    ['a code that is too long', () => a.post(path, { code: `${code}0`, answer: 'understood' }), 403],
    ['a wrong code', () => a.post(path, { code: wrongCode(code), answer: 'understood' }), 403],
    ['no answer', () => a.post(path, { code }), 422],
    ['an unknown answer', () => a.post(path, { code, answer: 'maybe' }), 422],
    ['an unknown field', () => a.post(path, { code, answer: 'understood', extra: '1' }), 422],
    ['a field that is given twice', () => a.pages.request('POST', path, `code=${code}&answer=understood&answer=not-affected`, { 'content-type': FORM }), 422],
    ['a note that is too long', () => a.post(path, { code, answer: 'understood', note: 'x'.repeat(2001) }), 422],
    ['a body that is too large', () => a.post(path, { code, answer: 'understood', note: 'x'.repeat(20_000) }), 413],
    ['JSON instead of a form', () => a.pages.request('POST', path, JSON.stringify({ code, answer: 'understood' })), 415],
    ['another method', () => a.pages.request('PUT', path, ''), 405],
    ['a code in a header', () => a.pages.get(path, { code, answer: 'understood' }), 200],
  ];
  for (const [what, ask, status] of rows) {
    await t.test(what, () => unchanged(a, id, what, async () => {
      const r = await ask();
      assert.equal(r.status, status, r.text);
      if (status !== 413) guarded(r); // evhttp itself refuses what is too large
      if (what === 'HEAD') assert.equal(r.text, '');
    }));
  }
  assert.deepEqual(await a.coverage(id), { affected: 1, covered: 0, taken: 0, waiting: 1 });
  assert.equal((await a.post(path, { code, answer: 'understood' })).status, 200, 'none of it locked the link');
  assert.equal((await a.coverage(id)).covered, 1);
});

scene('the pages are all that is served there, and they are served nowhere else', async (it) => {
  const a = await asking(it, mailboxes(1, 1));
  await a.send(broadcast());
  const { path, code } = a.mailTo(ONE);
  for (const target of ['/', '/healthz', '/readyz', '/metrics', '/openapi.json', '/v1/broadcasts', '/v1/tokens', '/a/', '/a']) {
    const r = await a.pages.get(target);
    assert.equal(r.status, 404, target);
    guarded(r);
  }
  assert.equal((await a.d.api.get(path)).status, 404);
  assert.equal((await a.d.api.request('POST', path, `code=${code}`, { 'content-type': FORM })).status, 404);
  assert.equal((await a.d.api.request('POST', '/v1/acknowledgements', {})).status, 404);
});

scene('pages may stand below a path of a proxy', async (it) => {
  const a = await asking(it, mailboxes(1, 1), { prefix: '/liaison' });
  await a.send(broadcast());
  const { url, path } = a.mailTo(ONE);
  assert.ok(path.startsWith('/liaison/a/'));
  const page = await a.pages.get(path.slice('/liaison'.length));
  assert.ok(page.text.includes(`action="${new URL(url).pathname}"`), page.text);
});

scene('the pages come in by a socket that the service manager hands over', async (it) => {
  const [handed, configured] = [await freePort(), await freePort()];
  const { file } = configure(it, { acknowledge: { base_url: 'https://answer.example', address: `127.0.0.1:${configured}` } });
  const part = new Part(it, 'liaisond', 'systemd-socket-activate',
    ['--listen', `127.0.0.1:${handed}`, '--fdname', 'pages', process.env.LIAISOND, '-c', file]);
  it.defer(() => part.stop());
  await part.line(/Listening on/);
  const pages = new Api({ host: '127.0.0.1', port: handed });
  const r = await pages.get(`/a/${'A'.repeat(22)}`);
  assert.equal(r.status, 404);
  guarded(r);
  assert.equal((await pages.get('/healthz')).status, 404);
  assert.equal((await new Api({ socketPath: it.file('liaisond.sock') }).get('/healthz')).status, 200, 'the API stays where it was');
  assert.equal(await answers(configured), false, 'the address of the configuration is not used beside it');
});

/* --- what follows from an answer --- */

scene('who needs assistance is told to the duty contact and to the partner of that place at once', async (it) => {
  const a = await asking(it, mailboxes(1, 1));
  const { id } = await a.send(broadcast());
  const mail = a.mailTo(ONE);
  const police = (m) => m.to === 'liaison@local-police.example';
  assert.equal(a.mails().filter(police).length, 0);
  const before = a.mails().length;
  await a.post(mail.path, { code: mail.code, answer: 'need-assistance', note: 'A crowd at the gate' });
  await poll(30_000, 'the partner is told', () => a.mails().some(police));
  await poll(30_000, 'the duty contact is told', () => a.mails().slice(before).some((m) => !police(m) && m.text.includes('A crowd at the gate')));
  assert.ok(a.mails().find(police).text.includes('A crowd at the gate'));
  const { others } = await a.explain(id);
  const asked = others.filter((o) => o.reason === 'needs-assistance');
  assert.ok(asked.some((o) => o.recipient === 'partner:local-police') && asked.length === 2, JSON.stringify(others));
  assert.equal((await a.coverage(id)).covered, 1, 'it is an acknowledgement');
});

scene('the wrong person acknowledges nothing and is told to the duty contact', async (it) => {
  const a = await asking(it, mailboxes(1, 1));
  const { id } = await a.send(broadcast());
  const mail = a.mailTo(ONE);
  const r = await a.post(mail.path, { code: mail.code, answer: 'wrong-person' });
  assert.equal(r.status, 200);
  assert.equal((await a.coverage(id)).covered, 0);
  assert.equal((await a.obligation(id, 'm-0001/1')).state, 'unreachable');
  await poll(30_000, 'the duty contact hears of it', async () => (await a.explain(id)).others.some((o) => o.reason === 'wrong-person' && o.state === 'reached'));
});

scene('a quorum of two needs two people, and one of them silences nobody', async (it) => {
  const a = await asking(it, mailboxes(1, 2), { acknowledge: { quorum_urgent: 2 } });
  const { id } = await a.send(broadcast());
  const [one, two] = [a.mailTo(ONE), a.mailTo('liaison2@m-0001.example')];
  assert.notEqual(one.url, two.url);
  assert.notEqual(one.code, two.code);
  await a.post(one.path, { code: one.code, answer: 'understood' });
  assert.deepEqual(await a.coverage(id), { affected: 1, covered: 0, taken: 0, waiting: 1 });
  assert.equal((await a.post(two.path, { code: one.code, answer: 'understood' })).status, 403, "another's code does not fit");
  assert.equal((await a.coverage(id)).covered, 0);
  await a.post(two.path, { code: two.code, answer: 'not-affected' });
  assert.equal((await a.coverage(id)).covered, 1);
});

scene('a link of one broadcast answers nothing of another', async (it) => {
  const a = await asking(it, mailboxes(1, 1));
  const first = await a.send(broadcast());
  const one = a.mailTo(ONE);
  const second = await a.send(broadcast());
  const two = a.mailTo(ONE, 2);
  assert.notEqual(one.path, two.path);
  await unchanged(a, second.id, 'a code of another broadcast', async () => {
    assert.equal((await a.post(two.path, { code: one.code, answer: 'understood' })).status, 403);
    assert.equal((await a.post(one.path, { code: two.code, answer: 'understood' })).status, 403);
  });
  await unchanged(a, second.id, 'an answer to another broadcast', () => a.post(one.path, { code: one.code, answer: 'understood' }));
  assert.equal((await a.coverage(first.id) ?? { covered: 1 }).covered, 1);
});

/* --- webhooks --- */

const hooked = (peers) => chicago(2, (i) => [{ webhook: `http://127.0.0.1:${peers.http}/hook/${i}` }]);

/** What came to that hook: its endpoint, its secret, and what it was asked. */
async function hook(a, i) {
  const of = () => a.peers.webhooks().find((w) => w.path === `/hook/${i}`);
  await poll(30_000, `webhook ${i}`, of);
  const event = JSON.parse(of().body);
  const endpoint = `http://127.0.0.1:${a.peers.http}/hook/${i}`;
  const { secrets } = await a.d.api.read(`/v1/webhook-secret?endpoint=${encodeURIComponent(endpoint)}`);
  return { ...event.data.acknowledge, secret: secrets[0] };
}

function signed(secret, body, { id = 'answer-1', at = new Date() } = {}) {
  const text = JSON.stringify(body);
  return [text, { 'webhook-id': id, 'webhook-timestamp': String(Math.floor(at / 1000)), 'webhook-signature': new Webhook(secret).sign(id, at, text) }];
}
const answerBy = (a, text, headers, more = {}) => a.pages.request('POST', '/v1/acknowledgements', text, { ...headers, ...more });

scene('a webhook answers with its token and a signature', async (it, t) => {
  const a = await asking(it, hooked);
  const { id } = await a.send(broadcast());
  const [mine, other] = [await hook(a, 1), await hook(a, 2)];
  assert.equal(mine.post, `${a.base}/v1/acknowledgements`);
  const body = { token: mine.token, answer: 'understood', note: 'by machine' };
  const minutes = (n) => new Date(Date.now() + n * 60_000);
  const [text, good] = signed(mine.secret, body);
  const refused = [
    ['no signature at all', text, {}, 401],
    ['the secret of another endpoint', ...signed(other.secret, body), 401],
    ['a signature of another body', text.replace('understood', 'not-affected'), good, 401],
    ['a signature of another id', text, { ...good, 'webhook-id': 'answer-2' }, 401],
    ['a signature that is too old', ...signed(mine.secret, body, { at: minutes(-6) }), 401],
    ['a signature from the future', ...signed(mine.secret, body, { at: minutes(6) }), 401],
    ['the code instead of a signature', JSON.stringify({ ...body, code: mine.code }), {}, 422],
    ['an unknown member', ...signed(mine.secret, { ...body, extra: 1 }), 422],
    ['an unknown answer', ...signed(mine.secret, { ...body, answer: 'maybe' }), 422],
    ['an unknown token', ...signed(mine.secret, { ...body, token: 'A'.repeat(22) }), 404],
    ['what is no token', ...signed(mine.secret, { ...body, token: 'x' }), 404],
    ['the token of another endpoint', ...signed(mine.secret, { ...body, token: other.token }), 401],
    ['a form', text, { ...good, 'content-type': FORM }, 415],
  ];
  for (const [what, payload, headers, status] of refused) {
    await t.test(what, () => unchanged(a, id, what, async () => {
      const r = await answerBy(a, payload, headers, a.from());
      assert.equal(r.status, status, r.text);
      guarded(r);
    }));
  }
  const r = await answerBy(a, text, good);
  assert.equal(r.status, 200, r.text);
  assert.deepEqual(r.json, { broadcast: id, outcome: 'done', answer: 'understood' });
  const told = await a.obligation(id, 'm-0001/1');
  assert.deepEqual(told.answers.map((x) => [x.answer, x.method, x.note]), [['understood', 'webhook', 'by machine']]);
  assert.equal((await a.coverage(id)).covered, 1);
});

scene('a replayed webhook-id is answered the same and changes nothing, whatever was said since', async (it) => {
  const a = await asking(it, hooked);
  const { id } = await a.send(broadcast());
  const mine = await hook(a, 1);
  const [first, firstHeaders] = signed(mine.secret, { token: mine.token, answer: 'understood' });
  const [second, secondHeaders] = signed(mine.secret, { token: mine.token, answer: 'need-assistance' }, { id: 'answer-2' });
  const answer = await answerBy(a, first, firstHeaders);
  assert.equal(answer.json.outcome, 'done', answer.text);
  assert.equal((await answerBy(a, second, secondHeaders)).json.outcome, 'done');
  await unchanged(a, id, 'the replay', async () => {
    const again = await answerBy(a, first, firstHeaders);
    assert.deepEqual([again.status, again.text], [answer.status, answer.text]);
    const [other, otherHeaders] = signed(mine.secret, { token: mine.token, answer: 'not-affected' });
    assert.equal((await answerBy(a, other, otherHeaders)).status, 409, 'the same id with other words is a mistake');
  });
});

scene('a mailbox cannot be answered for by a signature', async (it) => {
  const a = await asking(it, mailboxes(1, 1));
  const { id } = await a.send(broadcast());
  const mail = a.mailTo(ONE);
  const token = mail.path.split('/').at(-1);
  const mac = createHmac('sha256', Buffer.from(it.keys, 'base64')).update(`liaisond webhook v1\nmailto:${ONE}`);
  const secrets = [`whsec_${mac.digest('base64')}`];
  await unchanged(a, id, 'a signed answer for a mailbox', async () => {
    const r = await answerBy(a, ...signed(secrets[0], { token, answer: 'understood' }));
    assert.equal(r.status, 403, r.text);
  });
});

/* --- guessing --- */

scene('a link locks after five wrong codes, for the right one too, and for everybody', async (it) => {
  const a = await asking(it, mailboxes(2, 1));
  const { id } = await a.send(broadcast());
  const mail = a.mailTo(ONE);
  const other = a.mailTo('liaison1@m-0002.example');
  for (let i = 0; i < 5; i++) {
    assert.equal((await a.post(mail.path, { code: wrongCode(mail.code), answer: 'understood' }, a.from())).status, 403);
  }
  const locked = await a.post(mail.path, { code: mail.code, answer: 'understood' }, { ...a.from(), 'accept-language': 'fr' });
  assert.equal(locked.status, 429);
  guarded(locked);
  assert.ok(Number(locked.headers['retry-after']) > 890 && Number(locked.headers['retry-after']) <= 900, locked.headers['retry-after']);
  assert.match(locked.text, /<html lang="fr"/);
  assert.equal((await a.coverage(id)).covered, 0);
  assert.equal((await a.pages.get(mail.path)).status, 200, 'it can still be read');
  assert.equal((await a.post(other.path, { code: other.code, answer: 'understood' })).status, 200, 'other links are open');
});

scene('a link locks after five wrong codes that come at once', async (it) => {
  const a = await asking(it, mailboxes(1, 1));
  const { id } = await a.send(broadcast());
  const mail = a.mailTo(ONE);
  const guess = () => a.post(mail.path, { code: wrongCode(mail.code), answer: 'understood' }, a.from());
  const answers = (await Promise.all(Array.from({ length: 50 }, guess))).map((r) => r.status);
  assert.equal(answers.filter((status) => status === 403).length, 5, answers.join(' '));
  assert.equal(answers.filter((status) => status === 429).length, 45, answers.join(' '));
  assert.equal((await a.post(mail.path, { code: mail.code, answer: 'understood' }, a.from())).status, 429);
  assert.equal((await a.coverage(id)).covered, 0);
});

scene('who guesses is stopped by address, whatever is guessed at', async (it) => {
  const a = await asking(it, mailboxes(1, 1), { acknowledge: { forwarded_from: ['192.0.2.0/24'] } });
  const { id } = await a.send(broadcast());
  const mail = a.mailTo(ONE);
  const guess = (i) => a.post(`/a/${String(i).padStart(22, 'A')}`, { code: '000000', answer: 'understood' }, { 'x-forwarded-for': `198.51.100.${i}` });
  for (let i = 0; i < 20; i++) assert.equal((await guess(i)).status, 404);
  const stopped = await guess(20);
  assert.equal(stopped.status, 429, 'a header that anybody may send does not make another caller');
  assert.ok(Number(stopped.headers['retry-after']) > 0);
  assert.equal((await a.post(mail.path, { code: mail.code, answer: 'understood' })).status, 429);
  assert.equal((await a.coverage(id)).covered, 0);
});

scene('a proxy that is believed tells its callers apart', async (it) => {
  const a = await asking(it, mailboxes(1, 1));
  await a.send(broadcast());
  const mail = a.mailTo(ONE);
  const wrong = (i, address) => a.post(`/a/${String(i).padStart(22, 'A')}`, { code: '000000' }, { 'x-forwarded-for': `10.9.8.7, ${address}` });
  for (let i = 0; i < 20; i++) assert.equal((await wrong(i, `2001:db8:1:1::${i}`)).status, 404);
  assert.equal((await wrong(20, '2001:db8:1:1::ffff')).status, 429, 'one site is one caller');
  assert.equal((await a.post(mail.path, { code: mail.code, answer: 'understood' }, { 'x-forwarded-for': '2001:db8:1:2::1' })).status, 200);
});

scene('pages are rationed by address, with a page in the reader\'s language', async (it) => {
  const a = await asking(it, mailboxes(1, 1));
  await a.send(broadcast());
  const { path } = a.mailTo(ONE);
  const seen = [];
  for (let i = 0; i < 61; i++) seen.push(await a.pages.get(path, { 'accept-language': 'ar' }));
  const late = seen.filter((r) => r.status === 429);
  assert.ok(late.length >= 1 && seen.slice(0, 60).every((r) => r.status === 200));
  assert.match(late[0].text, /<html lang="ar" dir="rtl"/);
  guarded(late[0]);
  assert.equal((await a.pages.get(path, { 'x-forwarded-for': '203.0.113.200' })).status, 200);
});

/* Six digits are a secret only as long as nothing tells how near a guess is.  The two kinds of guess take
 * turns, each as often the first as the second, so that whatever slows the machine slows both. */
scene('time tells neither how near a code is nor how near a token is', async (it, t) => {
  const a = await asking(it, mailboxes(60, 1));
  await a.send(broadcast());
  const mails = a.mails().filter((m) => m.url);
  assert.equal(mails.length, 60);
  const timed = async (list, ask, status) => {
    const begin = process.hrtime.bigint();
    assert.equal((await ask()).status, status);
    list.push(Number(process.hrtime.bigint() - begin) / 1e6);
  };
  const usual = (list) => list.sort((x, y) => x - y)[Math.floor(list.length / 4)]; // what disturbs only adds
  const other = (digit) => (Number(digit) + 1) % 10;
  const compare = async (rounds, status, near, far) => {
    const times = { near: [], far: [] };
    for (const [i, mail] of mails.entries()) {
      for (let k = 0; k < rounds; k++) {
        const turns = [['near', near], ['far', far]];
        for (const [kind, ask] of (i + k) % 2 ? turns.reverse() : turns) await timed(times[kind], () => ask(mail), status);
      }
    }
    const [x, y] = [usual(times.near), usual(times.far)];
    assert.ok(Math.abs(x - y) < 0.4 * Math.min(x, y), `${x.toFixed(2)} ms when it is near, ${y.toFixed(2)} ms when it is far`);
  };
  const guess = (path, code) => a.post(path, { code, answer: 'understood' }, a.from());
  await t.test('a code of which five digits are right, and one of which none is', () => compare(2, 403, // of five that lock
    ({ path, code }) => guess(path, code.slice(0, 5) + other(code[5])), ({ path, code }) => guess(path, [...code].map(other).join(''))));
  await t.test('a token of which all but one letter is right, and one of which none is', () => compare(2, 404,
    ({ path }) => a.pages.get(path.slice(0, -1) + (path.at(-1) === 'A' ? 'E' : 'A'), a.from()),
    () => a.pages.get(`/a/${'A'.repeat(22)}`, a.from())));
});

/* --- the ladder --- */

/** A ladder in seconds: the same person once more, then whoever is on duty. */
function ladder(it, steps = [['representative', 1], ['duty', 2]]) {
  const file = it.file('ladder.conf');
  writeFileSync(file, `ladder = (\n${steps.map(([whom, after]) => `  { whom = "${whom}"; urgency = [ "immediate" ]; states = [ "open", "reached" ]; after_s = ${after}; }`).join(',\n')}\n);\n`);
  return { ladder_file: file };
}
const isDuty = (m) => /@(command-center|chicago|pld)\.dss\.example$|duty@/.test(m.to);

scene('who does not answer is reminded, then the duty contact is told, once each and across a crash', async (it) => {
  const a = await asking(it, mailboxes(3, 1), ladder(it));
  const { id } = await a.send(broadcast());
  const first = a.mailTo(ONE);
  await a.post(first.path, { code: first.code, answer: 'understood' });
  const two = (n) => a.mails().filter((m) => m.to === 'liaison1@m-0002.example').length === n;
  await poll(30_000, 'a reminder', () => two(2));
  await a.d.kill();
  const again = await restart(it, a.d);
  const escalated = async () => (await again.api.read(`/v1/broadcasts/${id}/explain`)).others.filter((o) => o.reason === 'not-acknowledged');
  await poll(30_000, 'the duty contact is told', async () => (await escalated()).some((o) => o.state === 'reached'));

  const reminder = a.mailTo('liaison1@m-0002.example', 2);
  const told = a.mailTo('liaison1@m-0002.example');
  assert.notEqual(reminder.path, told.path, 'a reminder has a link of its own');
  const notices = await escalated();
  assert.deepEqual(notices.map((o) => [...o.missions].sort()), [['m-0002', 'm-0003']], 'one notice with a list, without whoever answered');
  assert.equal(a.mails().filter((m) => m.to === ONE).length, 1, 'whoever answered hears no more of it');
  for (const mission of ['m-0002', 'm-0003']) {
    const o = (await again.api.read(`/v1/broadcasts/${id}/explain?mission=${mission}`)).missions[0].obligations[0];
    assert.deepEqual(o.notifications.map((n) => n.reminder), [false, true], mission);
  }
  const r = await a.post(reminder.path, { code: reminder.code, answer: 'understood' });
  assert.equal(r.status, 200, r.text);
  const { coverage } = await again.api.read(`/v1/broadcasts/${id}`);
  assert.deepEqual([coverage.covered, coverage.waiting], [2, 1]);
  const mailed = a.mails().filter((m) => isDuty(m) && m.text.includes('Consulate 2') && m.text.includes('Consulate 3') && !m.text.includes('Consulate 1'));
  assert.equal(mailed.length, 1, 'the duty contact got one mail of it');
});

scene('what was taken over is not escalated any further', async (it) => {
  const a = await asking(it, mailboxes(2, 1), ladder(it, [['duty', 1], ['command-center', 3]]));
  const { id } = await a.send(broadcast());
  const escalated = async () => (await a.explain(id)).others.filter((o) => o.reason === 'not-acknowledged');
  await poll(30_000, 'the duty contact is told', async () => (await escalated()).length > 0);
  assert.equal((await a.d.ctl('take', id, '--mission', 'm-0001')).code, 0);
  const lists = (await escalated()).length;
  await poll(30_000, 'the next step', async () => (await escalated()).length > lists);
  const last = (await escalated()).at(-1);
  assert.deepEqual([last.recipient, last.missions], ['desk:command-center', ['m-0002']]);
});

/* --- whom to call --- */

scene('take: a named person has it, and only what waits can be taken', async (it) => {
  const a = await asking(it, mailboxes(3, 1));
  const { id } = await a.send(broadcast());
  const mail = a.mailTo(ONE);
  await a.post(mail.path, { code: mail.code, answer: 'understood' });
  const take = (body) => a.d.api.request('POST', `/v1/broadcasts/${id}/take`, body);
  assert.equal((await take({})).status, 422, 'nothing is not everything');
  assert.equal((await take({ missions: ['m-0002'], all: true })).status, 422);
  assert.equal((await take({ missions: ['m-9999', 'm-0002'] })).status, 422);
  assert.equal((await a.coverage(id)).taken, 0, 'one that is unknown stops it all');
  const taken = await take({ missions: ['m-0001', 'm-0002'], note: 'called the consul' });
  assert.equal(taken.status, 200, taken.text);
  assert.deepEqual(taken.json, { id, taken: ['m-0002'], settled: ['m-0001'] });
  assert.deepEqual(await a.coverage(id), { affected: 3, covered: 1, taken: 1, waiting: 1 });
  const o = await a.obligation(id, 'm-0002/1');
  assert.equal(o.state, 'escalated');
  assert.match(o.taken_by, /^unix:\w+: called the consul$/);
  const again = await take({ missions: ['m-0002'] });
  assert.equal(again.status, 409);
  const viewer = await a.d.ctl('token', 'create', 'v', '--role', 'viewer');
  assert.equal(viewer.code, 0);
  const ctl = await a.d.ctl('take', id, '--all', '--note', 'calling');
  assert.deepEqual([ctl.code, ctl.stdout], [0, 'taken over: m-0003\n']);
  const late = a.mailTo('liaison1@m-0002.example');
  assert.equal((await a.post(late.path, { code: late.code, answer: 'understood' }, a.from())).status, 200, 'a representative may still answer');
});

scene('unreached is true to the last row, as JSON, CSV and a page', async (it) => {
  const a = await asking(it, chicago(3, (i, mission) => [
    { email: `liaison1@${mission}.example`, phone: `+1312555010${i}`, name: i === 2 ? '=SUM(A1)' : `Liaison ${i}`, language: i === 2 ? 'es' : 'en' }]),
  { rules: [{ match: { rcpt: '*@m-0003.example' }, action: { smtp: '550 5.1.1 no such mailbox' } }] });
  const { id } = await a.send(broadcast());
  const mail = a.mailTo(ONE);
  const sheet = (query = '') => a.d.api.read(`/v1/broadcasts/${id}/unreached${query}`);
  const who = (s) => s.rows.map((r) => r.recipient);
  assert.deepEqual(who(await sheet()), ['m-0001/1', 'm-0002/1', 'm-0003/1']);
  await a.post(mail.path, { code: mail.code, answer: 'understood' });

  const { missions, affected, rows } = await sheet();
  assert.deepEqual([missions, affected], [2, 3]);
  const [waits, refused] = rows;
  assert.deepEqual([waits.name, waits.phone, waits.language, waits.state], ['=SUM(A1)', '+13125550102', 'es', 'reached']);
  assert.match(waits.local_time, /^\d{4}-\d\d-\d\d \d\d:\d\d C[SD]T$/);
  assert.deepEqual(waits.tried.map((x) => [x.channel, x.endpoint, x.state]), [['smtp', 'mailto:liaison1@m-0002.example', 'accepted']]);
  assert.deepEqual([refused.state, refused.tried[0].outcome], ['unreachable', 'refused']);
  assert.match(refused.tried[0].reply, /550 .*no such mailbox/);

  const csv = await a.d.api.get(`/v1/broadcasts/${id}/unreached`, { accept: 'text/csv' });
  assert.match(csv.headers['content-type'], /^text\/csv/);
  const lines = parseCsv(csv.text);
  assert.equal(lines.length, 2);
  assert.ok(Object.values(lines[0]).includes("'=SUM(A1)"), 'a name is no formula');
  const page = await a.d.api.get(`/v1/broadcasts/${id}/unreached`, { accept: 'text/html,*/*;q=0.8' });
  assert.match(page.headers['content-type'], /^text\/html/);
  assert.ok(page.text.includes('+13125550102') && !page.text.includes('+13125550101'));

  const table = await a.d.ctl('unreached', id);
  assert.equal(table.code, 0);
  assert.match(table.stdout, /^m-0002 .*=SUM\(A1\) .*\+13125550102/m);
  assert.match(table.stdout, /^2 of 3 missions have not acknowledged$/m);
  assert.equal((await a.d.ctl('unreached', id, '--csv')).stdout, csv.text);
  const file = it.file('sheet.html');
  assert.equal((await a.d.ctl('unreached', id, '--html', file)).code, 0);
  assert.match(readFileSync(file, 'utf8'), /^<!doctype html>/i);

  const later = await send(a.d, broadcast({ audience: { missions: ['m-0001'] } }));
  const all = await a.d.api.read('/v1/unreached');
  assert.deepEqual(all.rows.map((r) => [r.broadcast, r.recipient]).sort(), [[id, 'm-0002/1'], [id, 'm-0003/1'], [later.id, 'm-0001/1']]);
  assert.deepEqual([all.missions, all.affected], [3, 4]);
  assert.match((await a.d.ctl('unreached')).stdout, /^3 of 4 missions have not acknowledged$/m);

  await a.d.ctl('take', id, '--mission', 'm-0002', '--note', 'called');
  assert.deepEqual(who(await sheet()), ['m-0003/1']);
  assert.deepEqual(who(await sheet('?taken=true')), ['m-0002/1', 'm-0003/1']);
});

scene('the call sheet is complete while every channel is down', async (it) => {
  const a = await asking(it, mailboxes(2, 1));
  await a.peers.script([{ match: { stage: 'mail' }, action: { smtp: '421 4.3.2 down' } }]);
  const { id } = await send(a.d, broadcast());
  const { rows } = await a.d.api.read(`/v1/broadcasts/${id}/unreached`);
  assert.deepEqual(rows.map((r) => [r.recipient, r.state]), [['m-0001/1', 'open'], ['m-0002/1', 'open']]);
});

scene('a broadcast closes when nobody is left to wait for, and its report is mailed to the desk', async (it) => {
  const a = await asking(it, mailboxes(3, 1));
  const { id } = await a.send(broadcast());
  const state = async () => (await a.d.api.read(`/v1/broadcasts/${id}`)).state;
  const answer = async (i, words) => {
    const mail = a.mailTo(`liaison1@m-000${i}.example`);
    assert.equal((await a.post(mail.path, { code: mail.code, ...words })).status, 200);
  };
  const open = await a.d.api.read(`/v1/broadcasts/${id}/report`);
  assert.deepEqual([open.missions.affected, open.missions.covered, open.closed], [3, 0, undefined]);
  const before = a.mails().length;
  await answer(1, { answer: 'understood' });
  await answer(2, { answer: 'not-affected', note: 'We are elsewhere' });
  assert.equal(await state(), 'released');
  const watch = a.d.ctl('watch', id, '--until-covered', '--timeout', '30');
  assert.equal((await a.d.ctl('take', id, '--mission', 'm-0003', '--note', 'visited')).code, 0);
  assert.equal((await watch).code, 0);
  await poll(30_000, 'it closes', async () => await state() === 'closed');

  const report = await a.d.api.read(`/v1/broadcasts/${id}/report`);
  assert.deepEqual([report.missions, report.answers.understood, report.answers['not-affected'], report.methods.page],
    [{ affected: 3, reached: 3, covered: 2, taken: 1, waiting: 0 }, 1, 1, 2]);
  assert.deepEqual(report.not_covered.map((m) => [m.mission, m.state]), [['m-0003', 'taken']]);
  assert.match(report.not_covered[0].taken_by, /: visited$/);
  assert.equal(report.coverage.at(-1).covered, 2);
  assert.deepEqual(report.offices.map((o) => [o.office, o.missions, o.covered]), [['chicago', 3, 2]]);
  const text = await a.d.ctl('report', id);
  assert.equal(text.code, 0);
  assert.match(text.stdout, /m-0003/);
  const page = await a.d.api.get(`/v1/broadcasts/${id}/report`, { accept: 'text/html' });
  assert.match(page.text, /^<!doctype html>/i);

  const isReport = (m) => /After-action report: 2 of 3 missions covered/.test(m.subject);
  await poll(30_000, 'the report is mailed', () => a.mails().slice(before).some(isReport));
  const mailed = a.mails().filter(isReport);
  assert.equal(mailed.length, 1, 'once');
  assert.match(mailed[0].to, /dss\.example$/);
  assert.ok(mailed[0].text.includes('m-0003'));
  assert.equal((await a.d.ctl('take', id, '--all')).code, 1, 'what is closed is nobody\'s to take');
});

scene('metrics tell the coverage of what is released', async (it) => {
  const a = await asking(it, mailboxes(3, 1));
  await a.send(broadcast());
  const mail = a.mailTo(ONE);
  await a.post(mail.path, { code: mail.code, answer: 'understood' });
  const { text } = await a.d.api.get('/metrics');
  for (const [name, n] of [['asking_broadcasts', 1], ['missions_affected', 3], ['missions_covered', 1], ['missions_taken', 0], ['missions_waiting', 2]]) {
    assert.match(text, new RegExp(`^liaisond_${name}\\{status="actual"\\} ${n}$`, 'm'));
    assert.match(text, new RegExp(`^liaisond_${name}\\{status="exercise"\\} 0$`, 'm'));
  }
});

scene('without an address of the pages nobody is asked', async (it) => {
  const a = await asking(it, mailboxes(1, 1), { acknowledge: { base_url: '', address: '' } });
  const { id } = await a.send(broadcast());
  const mail = a.mailTo(ONE);
  assert.deepEqual([mail.url, mail.code], ['', '']);
  assert.equal(await a.coverage(id), null);
});
