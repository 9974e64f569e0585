// What a mail is when it has arrived: through a real Postfix, to the byte.  Text of outsiders that would be a
// header, a command or the end of the message stays text; and a signature holds, as the openssl command sees it.
import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configure, daemon, importRoster, send } from './harness/daemon.mjs';
import { readMail } from './harness/mail.mjs';
import { postfix } from './harness/postfix.mjs';
import { broadcast, chicago } from './harness/roster.mjs';
import { must, poll, run, scene } from './harness/scene.mjs';
import { sink } from './harness/sink.mjs';
import { authority } from './harness/tls.mjs';

const liaisond = process.env.LIAISOND ?? 'liaisond';
const FROM = 'pld-duty@dss.example';
const EXERCISE = 'exercise@dss.example';

/** Sink with a maildir, Postfix before it, daemon before that; missions as chicago() takes them. */
async function line(it, representatives, { mail = {}, missions = 1, place } = {}) {
  const mails = await sink(it, { args: ['--maildir', it.file('mail')] });
  const relay = await postfix(it, { to: mails.smtp });
  const d = await daemon(it, { smtp: { port: relay.port }, mail });
  await importRoster(d, chicago(missions, representatives, place));
  return {
    d, mails, relay,
    /** Sends it and resolves with the mails that came of it, as bytes. */
    async mailsOf(b) {
      const { id, notifications } = await send(d, b);
      const came = () => rawMaildir(it.file('mail')).filter((raw) => readMail(raw).id.startsWith(`${id}.`));
      await poll(60_000, `${notifications} mails arrive`, () => came().length === notifications);
      return came();
    },
  };
}

const rawMaildir = (dir) => readdirSync(join(dir, 'new')).map((name) => readFileSync(join(dir, 'new', name), 'latin1'));
const headerOf = (raw) => raw.slice(0, raw.indexOf('\r\n\r\n'));
/** The names of the header's lines, in order, those of relays left out. */
const names = (raw) => headerOf(raw).split('\r\n').filter((l) => !/^[ \t]/.test(l)).map((l) => l.slice(0, l.indexOf(':')))
  .filter((n) => !/^(Received|Return-Path|Delivered-To|X-Original-To)$/i.test(n));

// --- hostile text ---

const OURS = ['From', 'To', 'Subject', 'Date', 'Message-Id', 'In-Reply-To', 'References', 'Auto-Submitted', 'X-Auto-Response-Suppress',
  'Content-Language', 'Importance', 'X-Priority', 'MIME-Version', 'Content-Type'];

scene('text of outsiders becomes no header, no command and no end, and arrives as it was', async (it, t) => {
  const headline = `Fire =?utf-8?Q?=0D=0ABcc:_all@dss.example?= \u202etxt.exe ${'Demonstrationen über '.repeat(15)}مظاهرات`;
  const description = ['.', '..', '.two words', 'From here on', 'RCPT TO:<all@dss.example>', 'x'.repeat(5000), '=', `${'é'.repeat(1200)}.`,
    '\u202eright to left', 'QUIT', '', '--=_x--', '.'].join('\n');
  const { mailsOf, relay } = await line(it, () => [
    { name: 'Bcc: <all@dss.example>, "O" = 日本', email: "o'neil+liaison@m-0001.example" },
    { name: 'Two\u202e', email: `${'l'.repeat(64)}@m-0001.example` },
  ], { place: () => ({ name: 'Consulate "of" <x@y.example>, =?utf-8?q?=0A?=' }), mail: { from_name: 'DSS, "Duty" <x@y.example>' } });
  // Lines that begin with a dot, at every place where a buffer may end.
  const dots = Array.from({ length: 400 }, (_, i) => `.${'d'.repeat(i % 75)}`).join('\n');
  const raws = await mailsOf(broadcast({
    identifier: 'X-1=?utf-8?Q?=0D=0ABcc:_all@dss.example?=', incident: '.incident', messages: [{ language: 'en', headline, description: `${description}\n${dots}`, instruction: '.\n.' }],
  }));
  const liaisons = raws.filter((r) => readMail(r).to.endsWith('@m-0001.example'));
  assert.equal(liaisons.length, 2);

  await t.test('the header is ours, each line of it once', () => {
    for (const raw of raws) {
      const seen = names(raw);
      assert.deepEqual(seen.filter((n) => !OURS.includes(n)), []);
      assert.equal(new Set(seen).size, seen.length, seen.join());
    }
  });
  await t.test('seven bits and lines that every relay takes', () => {
    for (const raw of raws) {
      assert.doesNotMatch(raw, /[^\r\n\t\x20-\x7e]/);
      assert.doesNotMatch(raw, /\r(?!\n)|(?<!\r)\n/);
      assert.ok(raw.split('\r\n').every((l) => l.length <= 998));
      assert.doesNotMatch(raw, /^From /m);
    }
  });
  await t.test('each went to one mailbox, the one of the roster', () => {
    const to = liaisons.map((r) => readMail(r).to).sort();
    assert.deepEqual(to, [`${'l'.repeat(64)}@m-0001.example`, "o'neil+liaison@m-0001.example"]);
    assert.doesNotMatch(relay.log(), /all@dss\.example/);
  });
  await t.test('the text is there to the last dot, direction overrides shown or gone', () => {
    for (const raw of liaisons) {
      const m = readMail(raw);
      for (const l of ['.', '..', '.two words', 'From here on', 'RCPT TO:<all@dss.example>', 'x'.repeat(5000), '=', 'QUIT', '--=_x--', ...dots.split('\n')]) {
        assert.ok(m.text.split('\n').some((x) => x.trim() === l), `the line ${l.slice(0, 40)} is missing`);
      }
      assert.match(m.subject, /^Fire = \?utf-8\?Q\?= 0D= 0ABcc:_all@dss\.example\?= txt\.exe Demonstrationen über/);
      assert.doesNotMatch(m.subject, /[\u202a-\u202e\u2066-\u2069]/);
    }
  });
});

scene('a mailbox that is none is refused with its place, before anything is stored', async (it) => {
  const d = await daemon(it);
  for (const [email, why] of [
    ['a@b.example\r\nRCPT TO:<c@d.example>', /email/], ['<a@b.example>', /email/], ['"a b"@c.example', /email/],
    [`${'l'.repeat(65)}@c.example`, /email/], [`a@${'b.'.repeat(130)}example`, /email/], ['añb@c.example', /email/], ['a\u0000b@c.example', /./],
    ['a@b@c.example', /email/], ['a,c@d.example', /email/],
  ]) {
    const { missions, representatives } = chicago(1, () => [{ email }]);
    const r = await d.api.request('POST', '/v1/roster', {
      missions: { name: 'missions.csv', text: missions }, representatives: { name: 'representatives.csv', text: representatives.replaceAll('\r\n', '\r\n') },
    });
    assert.equal(r.status, 422, `${JSON.stringify(email)}: ${r.text}`);
    assert.match(r.text, why);
  }
  for (const member of ['identifier', 'sender', 'incident']) {
    const r = await d.api.request('POST', '/v1/broadcasts', broadcast({ [member]: 'a\r\nBcc: x@y.example' }));
    assert.equal(r.status, 422, member);
    assert.match(r.text, new RegExp(`/${member}`));
  }
  const bare = await d.api.request('POST', '/v1/broadcasts', broadcast({ messages: [{ language: 'en', headline: 'a\rb', description: 'c\rd' }] }));
  assert.equal(bare.status, 422, 'a bare CR in the text');
});

// --- signatures ---

/** A certificate for mail and its key, as files that a test may replace. */
async function signing(it) {
  const own = await authority(it, 'mail');
  const files = { sign_certificate_file: it.file('sign.pem'), sign_key_file: it.file('sign.key') };
  const issue = (leaf, addresses, options = {}) => own.issue(leaf, { names: addresses.map((a) => `email:${a}`).join(','), subject: 'DSS', ...options });
  const put = (pair) => { copyFileSync(pair.cert, files.sign_certificate_file); copyFileSync(pair.key, files.sign_key_file); };
  return { own, files, issue, put };
}

/** What openssl says of a mail as it arrived: { good, content, signer }. */
async function verify(it, raw, ca) {
  const [mail, signer, content] = [it.file('one.eml'), it.file('signer.pem'), it.file('content')];
  writeFileSync(mail, raw, 'latin1');
  const r = await run('openssl', ['cms', '-verify', '-in', mail, '-CAfile', ca, '-signer', signer, '-out', content]);
  return { good: r.code === 0, stderr: r.stderr, content: r.code === 0 ? readFileSync(content, 'latin1') : '', signer };
}

const serial = async (file) => (await must('openssl', ['x509', '-in', file, '-noout', '-serial'])).trim();

scene('every mail is signed, and holds as it arrived; a changed byte does not', async (it, t) => {
  const { own, files, issue, put } = await signing(it);
  const first = await issue('first', [FROM, EXERCISE]);
  put(first);
  const { d, mailsOf } = await line(it, () => [{ email: 'one@m-0001.example' }, { email: 'two@m-0001.example' }], { mail: files });
  const hard = broadcast({ messages: [{ language: 'en', headline: 'Überfall', description: 'From here on\n.\n..\n trailing \nüber\n.' }] });

  await t.test('an alert, to everybody', async () => {
    const raws = await mailsOf(hard);
    assert.ok(raws.length >= 3, 'two representatives and their office');
    for (const raw of raws) {
      const r = await verify(it, raw, own.ca);
      assert.ok(r.good, r.stderr);
      assert.match(r.content, /^Content-Type: multipart\/alternative/);
      assert.match(headerOf(raw), /^Content-Type: multipart\/signed;/m);
      assert.equal(await serial(r.signer), await serial(first.cert));
    }
    const changed = raws[0].replace('trailing', 'Trailing');
    assert.notEqual(changed, raws[0]);
    const r = await verify(it, changed, own.ca);
    assert.ok(!r.good && /digest|verification failure/i.test(r.stderr), r.stderr);
  });
  await t.test('an exercise, from its own sender', async () => {
    const raws = await mailsOf(broadcast({ status: 'exercise' }));
    assert.ok(raws.length >= 2);
    for (const raw of raws) {
      assert.match(headerOf(raw), new RegExp(`^From: .*<${EXERCISE}>`, 'm'));
      const r = await verify(it, raw, own.ca);
      assert.ok(r.good, r.stderr);
    }
  });
  await t.test('a reload with another certificate signs with it', async () => {
    const second = await issue('second', [FROM, EXERCISE]);
    put(second);
    assert.match(await d.reload(), /reloaded/);
    const [raw] = await mailsOf(broadcast());
    const r = await verify(it, raw, own.ca);
    assert.ok(r.good, r.stderr);
    assert.equal(await serial(r.signer), await serial(second.cert));
  });
  await t.test('a reload with one that will not do changes nothing, and -t says why', async () => {
    const good = await serial(files.sign_certificate_file);
    const other = await issue('other', ['somebody@else.example']);
    const ended = await issue('ended', [FROM, EXERCISE], { days: -1 });
    for (const [pair, why] of [
      [other, /not made for mail\.from_address, pld-duty@dss\.example/],
      [{ cert: first.cert, key: other.key }, /not the key of the certificate/],
      [ended, /has expired/],
      [{ cert: first.key, key: first.key }, /no certificate in PEM/],
    ]) {
      put(pair);
      assert.match(await d.reload(), /refused/);
      const check = await run(liaisond, ['-t', '-c', d.file]);
      assert.equal(check.code, 1);
      assert.match(check.stderr, why);
    }
    const [raw] = await mailsOf(broadcast());
    const r = await verify(it, raw, own.ca);
    assert.ok(r.good, r.stderr);
    assert.equal(await serial(r.signer), good, 'the old one still signs');
  });
  await t.test('without one a reload stops signing', async () => {
    configure(it, { ...d.groups, mail: { ...d.groups.mail, sign_certificate_file: '', sign_key_file: '' } });
    assert.match(await d.reload(), /reloaded/);
    const [raw] = await mailsOf(broadcast());
    assert.match(headerOf(raw), /^Content-Type: multipart\/alternative/m);
  });
});

scene('a certificate that ends is told of, and a start goes on with it', async (it) => {
  const { files, issue, put } = await signing(it);
  put(await issue('ended', [FROM], { days: -1 }));
  const d = await daemon(it, { mail: files });
  assert.match(await d.part.line(/tls\.expired/, { from: 0 }), /mail\.sign_certificate_file/);
  const ready = await d.api.read('/readyz');
  assert.match(JSON.stringify(ready), /mail\.sign_certificate_file ended at/);
  await poll(10_000, 'the desk is told', async () => (await d.api.records()).some((r) => r.event === 'alarm.certificate'));
});
