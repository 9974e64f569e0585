import assert from 'node:assert/strict';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import tls from 'node:tls';
import { certificate, Client, connect, control, deliver, folder, mail, post, run, smtp, start } from './sink.mjs';

const rule = (match, action, more = {}) => ({ name: 'the rule', match, action, ...more });

test('a mail is answered, recorded and counted', async (t) => {
  const sink = await start(t);
  const c = await smtp(t, sink);
  assert.match(c.greeting, /250-PIPELINING\r\n250-8BITMIME/);
  assert.match(c.greeting, /250 SIZE 10485760$/);
  assert.doesNotMatch(c.greeting, /DSN|STARTTLS|AUTH/);
  assert.deepEqual(await deliver(c, 'm1', 'a@x.example', 'b@x.example'), [250, 250, 250, 354, 250]);
  const [r] = sink.records();
  assert.equal(r.kind, 'mail');
  assert.equal(r.accepted, true);
  assert.deepEqual(r.to, ['a@x.example', 'b@x.example']);
  assert.equal(r.message_id, '<m1@dss.example>');
  assert.equal(r.subject, 'Road closed');
  assert.equal(r.headers['X-Status'], 'exercise');
  assert.match(r.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.equal((await c.ask('QUIT')).slice(0, 3), '221');
  assert.ok(await c.gone());
  const { code, summary } = await sink.stop();
  assert.equal(code, 0);
  assert.equal(summary.event, 'summary');
  assert.deepEqual([summary.mails, summary.recipients, summary.distinct_message_ids, summary.duplicates], [1, 2, 1, 0]);
});

test('a whole pipelined session is answered in order', async (t) => {
  const sink = await start(t);
  const c = await smtp(t, sink);
  c.send('NOOP\r\nMAIL FROM:<> SIZE=100 BODY=8BITMIME\r\nRCPT TO:<a@x.example>\r\nDATA\r\n');
  c.send(`${mail('p1')}RSET\r\nVRFY someone\r\nQUIT\r\n`);
  const codes = [];
  for (let r = await c.reply(); r; r = await c.reply()) codes.push(Number(r.slice(0, 3)));
  assert.deepEqual(codes, [250, 250, 250, 354, 250, 250, 252, 221]);
});

test('text that arrives byte by byte keeps its dots, its bare line ends and its length', async (t) => {
  const dir = folder(t);
  const sink = await start(t, { args: ['--maildir', dir, '--digests'] });
  const c = await smtp(t, sink);
  await c.ask('MAIL FROM:<a@x.example>');
  await c.ask('RCPT TO:<b@x.example>');
  await c.ask('DATA');
  const wire = 'Subject: a\r\n folded one\r\n\r\n..dot\r\nbare\n.\nline\r\n.x\r\n..\r\n.\r\n';
  c.socket.setNoDelay(true);
  for (const byte of wire) {
    c.send(byte);
    await new Promise(setImmediate);
  }
  assert.equal((await c.reply()).slice(0, 3), '250');
  const want = 'Subject: a\r\n folded one\r\n\r\n.dot\r\nbare\n.\nline\r\nx\r\n.\r\n';
  assert.equal(readFileSync(join(dir, 'new/1.eml'), 'latin1'), want);
  const [r] = sink.records();
  assert.deepEqual([r.size, r.bare_lf, r.file, r.subject], [want.length, true, 'new/1.eml', 'a folded one']);
  assert.match(r.sha256, /^[0-9a-f]{64}$/);
});

test('commands out of order and malformed ones are refused without ending the session', async (t) => {
  const sink = await start(t);
  const c = connect(sink.ready.smtp);
  t.after(() => c.socket.destroy());
  await c.reply();
  for (const [line, code] of [
    ['MAIL FROM:<a@x.example>', 503], ['EHLO', 501], ['EHLO me', 250], ['RCPT TO:<a@x.example>', 503],
    ['MAIL FROM:a@x.example', 501], ['MAIL FROM:<a b@x.example>', 501], ['MAIL FROM:<a@x.example> RET=HDRS', 555],
    ['MAIL FROM:<a@x.example> SIZE=10485761', 552], ['MAIL FROM:<a@x.example>', 250], ['DATA', 554],
    ['RCPT TO:<>', 501], ['RCPT TO:<b@x.example> NOTIFY=NEVER', 555], ['STARTTLS', 502], ['AUTH PLAIN', 502],
    ['MAIL FROM:<a@x.example>', 503], ['WHAT', 500], [`NOOP ${'x'.repeat(5000)}`, 500],
  ]) assert.equal((await c.ask(line))?.slice(0, 3), String(code), line.slice(0, 40));
  assert.ok(await c.gone());
});

test('a mail over ten megabytes is refused after its end', async (t) => {
  const sink = await start(t);
  const c = await smtp(t, sink);
  await c.ask('MAIL FROM:<a@x.example>');
  await c.ask('RCPT TO:<b@x.example>');
  await c.ask('DATA');
  c.send(`Subject: big\r\n\r\n${`${'x'.repeat(998)}\r\n`.repeat(10600)}.\r\n`);
  assert.match(await c.reply(), /^552 5\.3\.4/);
  assert.deepEqual(await deliver(c, 'small', 'b@x.example'), [250, 250, 354, 250]);
});

test('greylisting defers the first try of each recipient and passes the second', async (t) => {
  const sink = await start(t, { rules: [rule({ rcpt: '*@grey.example' }, { smtp: '451 4.7.1 try later' }, { first: 1 })] });
  const c = await smtp(t, sink);
  assert.deepEqual(await deliver(c, 'g', 'a@GREY.example'), [250, 451]);
  assert.deepEqual(await deliver(c, 'g', 'b@grey.example', 'c@x.example'), [250, 451, 250, 354, 250]);
  assert.deepEqual(await deliver(c, 'g', 'a@GREY.example'), [250, 250, 354, 250]);
  const [first] = sink.records();
  assert.deepEqual([first.kind, first.answer, first.rule, first.stage, first.to],
    ['attempt', 451, 'the rule', 'rcpt', ['a@GREY.example']]);
  const stats = await control(sink, { cmd: 'stats' });
  assert.deepEqual(stats.rules, [{ name: 'the rule', seen: 3, hits: 2 }]);
  assert.equal(stats.refused_mails, 2);
});

for (const [stage, want] of [['ehlo', [451]], ['mail', [250, 451]], ['rcpt', [250, 250, 451]],
  ['data', [250, 250, 250, 451]], ['body', [250, 250, 250, 354, 451]]]) {
  test(`a rule at stage ${stage} refuses there`, async (t) => {
    const sink = await start(t, { rules: [rule({ stage }, { smtp: '451 4.0.0 no' })] });
    const c = connect(sink.ready.smtp);
    t.after(() => c.socket.destroy());
    await c.reply();
    const codes = [];
    for (const line of ['EHLO me', 'MAIL FROM:<a@x.example>', 'RCPT TO:<b@x.example>', 'DATA', mail('s').slice(0, -2)]) {
      codes.push(Number((await c.ask(line)).slice(0, 3)));
      if (codes.at(-1) === 451) break;
    }
    assert.deepEqual(codes, want);
    assert.equal(sink.records()[0].stage, stage);
  });
}

test('a rule at stage connect answers instead of the banner and closes', async (t) => {
  const sink = await start(t, { rules: [rule({ stage: 'connect' }, { smtp: '421 4.3.2 down' }, { first: 1 })] });
  const c = connect(sink.ready.smtp);
  assert.equal(await c.reply(), '421 4.3.2 down');
  assert.ok(await c.gone());
  assert.match((await smtp(t, sink)).banner, /^220/);
});

test('421 closes the connection', async (t) => {
  const sink = await start(t, { rules: [rule({ stage: 'body' }, { smtp: '421 4.3.2 closing' })] });
  const c = await smtp(t, sink);
  assert.deepEqual(await deliver(c, 'x', 'a@x.example'), [250, 250, 354, 421]);
  assert.ok(await c.gone());
});

test('drops close at their point, and a kept mail counts although its answer is lost', async (t) => {
  const sink = await start(t, { rules: [
    rule({ rcpt: 'now@*' }, { drop: 'now' }), rule({ rcpt: 'before@*' }, { drop: 'before-body' }),
    rule({ rcpt: 'after@*' }, { drop: 'after-body' }),
    rule({ rcpt: 'kept@*' }, { drop: 'after-body', keep: true }, { first: 1 })] });
  for (const [who, want] of [['now', [250, null]], ['before', [250, 250, null]], ['after', [250, 250, 354, null]],
    ['kept', [250, 250, 354, null]], ['kept', [250, 250, 354, 250]]])
    assert.deepEqual(await deliver(await smtp(t, sink), 'd', `${who}@x.example`), want, who);
  const stats = await control(sink, { cmd: 'stats' });
  assert.deepEqual([stats.mails, stats.distinct_mails, stats.duplicate_mails], [2, 1, 1]);
});

test('every and probability choose among the tries', async (t) => {
  const sink = await start(t, { rules: [rule({ path: '/third' }, { http: 500 }, { every: 3 }),
    rule({ path: '/dice' }, { http: 503 }, { probability: 0.5, seed: 7 })] });
  const third = [];
  for (let i = 0; i < 6; i++) third.push((await post(sink, '/third')).status);
  assert.deepEqual(third, [204, 204, 500, 204, 204, 500]);
  const roll = async () => {
    const seen = [];
    for (let i = 0; i < 40; i++) seen.push((await post(sink, '/dice')).status);
    return seen;
  };
  const once = await roll();
  const bad = once.filter((s) => s === 503).length;
  assert.ok(bad > 8 && bad < 32, `${bad} of 40`);
  await control(sink, { cmd: 'reset' });
  assert.deepEqual(await roll(), once, 'the same seed rolls the same dice');
});

test('a delay holds back the answer and what was pipelined behind it', async (t) => {
  const sink = await start(t, { rules: [rule({ rcpt: '*' }, { delay_ms: 200 })] });
  const c = await smtp(t, sink);
  const begin = process.hrtime.bigint();
  c.send('MAIL FROM:<a@x.example>\r\nRCPT TO:<b@x.example>\r\nNOOP\r\n');
  assert.match(await c.reply(), /2\.1\.0/);
  assert.equal(c.text, '');
  assert.match(await c.reply(), /2\.1\.5/);
  assert.ok(process.hrtime.bigint() - begin >= 195_000_000n);
  assert.match(await c.reply(), /nothing done/);
});

test('a hang never answers and lets the client leave', async (t) => {
  const sink = await start(t, { rules: [rule({ rcpt: '*' }, { hang: true }), rule({ path: '*' }, { hang: true })] });
  const c = await smtp(t, sink);
  await c.ask('MAIL FROM:<a@x.example>');
  c.send('RCPT TO:<b@x.example>\r\nNOOP\r\n');
  const h = connect(sink.ready.http);
  h.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n');
  const hung = async () => (await control(sink, { cmd: 'stats' })).rules.every((r) => r.hits === 1);
  while (!await hung());
  assert.deepEqual([c.text, c.closed, h.text, h.closed], ['', false, '', false]);
  c.socket.destroy();
  h.socket.destroy();
});

test('trickle slows the answer down to the byte', async (t) => {
  const sink = await start(t, { rules: [rule({ stage: 'mail' }, { trickle_bps: 100 })] });
  const c = await smtp(t, sink);
  const begin = process.hrtime.bigint();
  const reply = await c.ask('MAIL FROM:<a@x.example>');
  const expected = BigInt(Math.floor((reply.length + 2) / 100 * 1000) - 60) * 1_000_000n;
  assert.ok(process.hrtime.bigint() - begin >= expected);
  assert.match(await c.ask('RCPT TO:<b@x.example>'), /^250/);
});

test('endless and garbage answers are what they say', async (t) => {
  const sink = await start(t, { rules: [
    rule({ path: '/headers' }, { endless: 'headers' }), rule({ path: '/body' }, { endless: 'body' }),
    rule({ path: '/garbage' }, { garbage: true }), rule({ stage: 'ehlo' }, { endless: 'body' }),
    rule({ stage: 'connect' }, { garbage: true }, { first: 1 })] });
  const noisy = connect(sink.ready.smtp);
  assert.equal(await noisy.reply(), null);
  assert.equal(noisy.text.length, 514);
  for (const [path, pattern] of [['/headers', /^HTTP\/1\.1 200 OK\r\n(X-Endless: [^\r]*\r\n){9}/],
    ['/body', /\r\n\r\n(and so it goes on\n){9}/]]) {
    const c = connect(sink.ready.http).send(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi`);
    await c.until(() => c.text.length > 3_000_000);
    assert.match(c.text, pattern);
    assert.equal(c.closed, false);
    c.socket.destroy();
  }
  assert.ok((await post(sink, '/garbage')).error);
  const s = connect(sink.ready.smtp);
  await s.reply();
  s.send('EHLO me\r\n');
  assert.ok(await s.until(() => s.text.length > 500_000));
  s.socket.destroy();
});

test('a webhook is answered 204 and recorded with its headers and body', async (t) => {
  const sink = await start(t, { args: ['--bodies'] });
  const headers = { 'webhook-id': 'evt_1', 'webhook-timestamp': '1700000000', 'webhook-signature': 'v1,xyz=', 'Content-Type': 'application/json' };
  const body = '{"said":"caf\u00e9 \u202e \u{1f600}"}';
  const answer = await post(sink, '/hook/fr?x=1', { headers, body });
  assert.deepEqual([answer.status, answer.body], [204, '']);
  await post(sink, '/hook/fr', { headers, body });
  const raw = readFileSync(sink.record, 'utf8');
  assert.doesNotMatch(raw, /\u202e/, 'invisible characters are escaped');
  const [r] = sink.records();
  assert.deepEqual([r.kind, r.accepted, r.status, r.method, r.path, r.host, r.webhook_id, r.webhook_timestamp, r.webhook_signature, r.body, r.size],
    ['webhook', true, 204, 'POST', '/hook/fr?x=1', sink.ready.http, 'evt_1', '1700000000', 'v1,xyz=', body, Buffer.byteLength(body)]);
  assert.equal(r.headers['content-type'], 'application/json');
  const { summary } = await sink.stop();
  assert.deepEqual([summary.webhooks, summary.distinct_webhooks, summary.duplicates], [2, 1, 1]);
});

test('scripted answers carry status, headers, body and redirects', async (t) => {
  const sink = await start(t, { rules: [
    rule({ path: '/busy/*' }, { http: 429, headers: { 'Retry-After': '2' }, body: 'slow down' }, { first: 1 }),
    rule({ path: '/gone' }, { http: 410 }), rule({ path: '/moved' }, { redirect: 'http://127.0.0.1:9/' })] });
  const busy = await post(sink, '/busy/a');
  assert.deepEqual([busy.status, busy.headers['retry-after'], busy.body], [429, '2', 'slow down']);
  assert.equal((await post(sink, '/busy/b')).status, 429);
  assert.equal((await post(sink, '/busy/a')).status, 204);
  assert.equal((await post(sink, '/gone')).status, 410);
  const moved = await post(sink, '/moved');
  assert.deepEqual([moved.status, moved.headers.location], [302, 'http://127.0.0.1:9/']);
  assert.deepEqual(sink.records().map((r) => [r.status, r.rule, r.accepted])[0], [429, 'the rule', false]);
});

test('a webhook can be dropped before and after its body', async (t) => {
  const sink = await start(t, { rules: [rule({ path: '/before' }, { drop: 'before-body' }),
    rule({ path: '/after' }, { drop: 'after-body', keep: true }), rule({ path: '/now' }, { drop: 'now' })] });
  const before = connect(sink.ready.http).send('POST /before HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n');
  assert.ok(await before.gone());
  assert.ok((await post(sink, '/after', { body: 'hello' })).error);
  assert.ok((await post(sink, '/now')).error);
  assert.deepEqual(sink.records().map((r) => [r.status, r.size, r.accepted]), [[0, 0, false], [0, 5, true], [0, 0, false]]);
});

test('chunked bodies, Expect and pipelined requests are understood', async (t) => {
  const sink = await start(t, { args: ['--bodies'] });
  const c = connect(sink.ready.http);
  t.after(() => c.socket.destroy());
  c.send('POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;ext=1\r\ndefg\r\n0\r\nTrailer: x\r\n\r\nPOST /d HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n');
  await c.until(() => c.text.includes('100 Continue\r\n\r\n'));
  c.send('hi');
  await c.until(() => c.text.split('204 No Content').length === 3);
  assert.deepEqual(sink.records().map((r) => r.body), ['abcdefg', 'hi']);
});

for (const [name, request, status] of [
  ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na', 400],
  ['a length beside chunks', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
  ['no host', 'POST / HTTP/1.1\r\n\r\n', 400], ['no version', 'POST /\r\n\r\n', 400],
  ['a signed length', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na', 400],
  ['a body over the limit', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10485761\r\n\r\n', 413],
  ['a header over the limit', `POST / HTTP/1.1\r\nX: ${'a'.repeat(70000)}`, 431],
  ['a bad chunk', 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 400]]) {
  test(`a request with ${name} is answered ${status} and closed`, async (t) => {
    const sink = await start(t);
    const c = connect(sink.ready.http).send(request);
    assert.ok(await c.gone());
    assert.equal(c.text.slice(9, 12), String(status));
  });
}

test('methods other than POST are not allowed, unless a rule answers them', async (t) => {
  const sink = await start(t, { rules: [rule({ path: '/page' }, { http: 200, body: 'hello' })] });
  const got = await post(sink, '/', { method: 'GET', body: '' });
  assert.deepEqual([got.status, got.headers.allow], [405, 'POST']);
  assert.equal((await post(sink, '/page', { method: 'GET', body: '' })).body, 'hello');
});

test('STARTTLS can be required, and what was pipelined before it is thrown away', async (t) => {
  const { cert, key } = certificate(folder(t));
  const sink = await start(t, { args: ['--cert', cert, '--key', key, '--require-starttls'] });
  const c = await smtp(t, sink);
  assert.match(c.greeting, /STARTTLS/);
  assert.match(await c.ask('MAIL FROM:<a@x.example>'), /^530 5\.7\.0/);
  const plain = c.socket;
  c.send('STARTTLS\r\nNOOP\r\n');
  assert.match(await c.reply(), /^220/);
  plain.removeAllListeners('data');
  const secure = tls.connect({ socket: plain, ca: readFileSync(cert), host: '127.0.0.1' });
  await new Promise((resolve, reject) => secure.once('secureConnect', resolve).once('error', reject));
  const s = new Client(secure);
  assert.match(await s.ask('MAIL FROM:<a@x.example>'), /^503/, 'greeting is forgotten');
  assert.doesNotMatch(await s.ask('EHLO me'), /STARTTLS/);
  assert.deepEqual(await deliver(s, 't', 'a@x.example'), [250, 250, 354, 250]);
  assert.equal(sink.records()[0].tls, true);
  assert.equal((await s.ask('QUIT')).slice(0, 3), '221');
  assert.ok(await s.gone());
});

test('a long pipeline behind a pause is answered in full, in clear and over TLS', async (t) => {
  const { cert, key } = certificate(folder(t));
  const sink = await start(t, { rules: [rule({ stage: 'mail' }, { delay_ms: 300 })],
    args: ['--cert', cert, '--key', key, '--https', '127.0.0.1:0', '--starttls'] });
  const plain = await smtp(t, sink);
  const upgraded = await smtp(t, sink);
  await upgraded.ask('STARTTLS');
  upgraded.socket.removeAllListeners('data');
  const secure = tls.connect({ socket: upgraded.socket, ca: readFileSync(cert), host: '127.0.0.1' });
  await new Promise((resolve, reject) => secure.once('secureConnect', resolve).once('error', reject));
  const client = new Client(secure);
  await client.ask('EHLO me');
  for (const c of [plain, client]) {
    c.send(`MAIL FROM:<a@x.example>\r\n${'NOOP\r\n'.repeat(300_000)}QUIT\r\n`);
    assert.ok(await c.gone());
    assert.equal(c.text.length, '250 2.1.0 sender ok\r\n'.length + 300_000 * '250 2.0.0 nothing done\r\n'.length + '221 2.0.0 goodbye\r\n'.length);
  }
});

test('webhooks arrive over TLS', async (t) => {
  const { cert, key } = certificate(folder(t));
  const sink = await start(t, { args: ['--cert', cert, '--key', key, '--https', '127.0.0.1:0'] });
  const status = await new Promise((resolve, reject) => {
    https.request(`https://${sink.ready.https}/x`, { method: 'POST', ca: readFileSync(cert), agent: false },
      (res) => { res.resume(); res.on('end', () => resolve(res.statusCode)); }).on('error', reject).end('{}');
  });
  assert.equal(status, 204);
  assert.equal(sink.records()[0].tls, true);
});

test('authentication by PLAIN and LOGIN is required when configured', async (t) => {
  const sink = await start(t, { args: ['--auth', 'relay:s3cret'] });
  const b64 = (s) => Buffer.from(s).toString('base64');
  const c = await smtp(t, sink);
  assert.match(c.greeting, /AUTH PLAIN LOGIN/);
  assert.match(await c.ask('MAIL FROM:<a@x.example>'), /^530/);
  for (const [line, code] of [[`AUTH PLAIN ${b64('\0relay\0wrong')}`, 535], ['AUTH PLAIN !!', 535], ['AUTH PLAIN', 334], ['*', 501],
    ['AUTH PLAIN', 334], [b64('\0relay'), 535], ['AUTH OTHER', 504], ['AUTH LOGIN', 334], [b64('relay'), 334],
    [b64('s3cret'), 235], ['AUTH LOGIN', 503]]) assert.equal((await c.ask(line)).slice(0, 3), String(code), line);
  assert.deepEqual(await deliver(c, 'a', 'a@x.example'), [250, 250, 354, 250]);
  const d = await smtp(t, sink);
  assert.match(await d.ask(`AUTH PLAIN ${b64('\0relay\0s3cret')}`), /^235/);
});

test('wait answers when the arrivals are complete, or at its timeout', async (t) => {
  const sink = await start(t);
  const waited = control(sink, { cmd: 'wait', mails: 2, webhooks: 1, timeout_ms: 20000 }, { cmd: 'stats' });
  const c = await smtp(t, sink);
  await deliver(c, 'w', 'a@x.example');
  await deliver(c, 'w', 'a@x.example');
  await post(sink, '/');
  assert.equal((await control(sink, { cmd: 'wait', mails: 2, timeout_ms: 50 })).reached, false);
  await deliver(c, 'w', 'b@x.example');
  const [answer, stats] = await waited;
  assert.deepEqual(answer, { ok: true, reached: true, mails: 2, webhooks: 1 });
  assert.equal(stats.duplicate_mails, 1);
  assert.equal((await control(sink, { cmd: 'reset' })).ok, true);
  assert.equal((await control(sink, { cmd: 'stats' })).mails, 0);
});

test('rules can be replaced over the control socket, and wrong ones leave the old in place', async (t) => {
  const sink = await start(t);
  assert.deepEqual(await control(sink, { cmd: 'script', rules: [rule({ path: '*' }, { http: 500 })] }), { ok: true, rules: 1 });
  for (const wrong of [{ cmd: 'script', rules: [{ action: { http: 500 }, colour: 1 }] }, { cmd: 'script' }, { cmd: 'dance' },
    { cmd: 'stats', x: 1 }, { cmd: 'wait', mails: -1 }, 'no json', '[]'])
    assert.equal((await control(sink, wrong)).ok, false, JSON.stringify(wrong));
  assert.equal((await post(sink, '/')).status, 500);
});

test('SIGHUP reads the script and opens the record again', async (t) => {
  const sink = await start(t);
  await post(sink, '/');
  renameSync(sink.record, `${sink.record}.1`);
  writeFileSync(sink.script, JSON.stringify({ rules: [rule({ path: '*' }, { http: 503 })] }));
  sink.child.kill('SIGHUP');
  let status = 204;
  while (status === 204) ({ status } = await post(sink, '/'));
  assert.equal(status, 503);
  assert.equal(sink.records().at(-1).status, 503);
  writeFileSync(sink.script, '[{"colour": 1}]');
  sink.child.kill('SIGHUP');
  while (!sink.errors().includes('rules[0].colour')) await new Promise(setImmediate);
  assert.match(sink.errors(), /the old rules stay in use/);
  assert.equal((await post(sink, '/')).status, 503);
});

const wrongRules = [
  ['an unknown member', { match: { rcpt: '*' }, action: { smtp: '451 x' }, when: 1 }, /rules\[0\]\.when: is not a known member/],
  ['an unknown action', { match: { rcpt: '*' }, action: { sptm: '451 x' } }, /rules\[0\]\.action\.sptm/],
  ['no action', { match: { rcpt: '*' } }, /rules\[0\]\.action: is missing/],
  ['an empty action', { match: { rcpt: '*' }, action: {} }, /rules\[0\]\.action: must say what to do/],
  ['nothing that says where', { action: { hang: true } }, /rules\[0\]\.match/],
  ['an unknown stage', { match: { stage: 'lunch' }, action: { hang: true } }, /rules\[0\]\.match\.stage: must be one of connect/],
  ['a reply that is none', { match: { rcpt: '*' }, action: { smtp: 'later' } }, /rules\[0\]\.action\.smtp/],
  ['a reply of two lines', { match: { rcpt: '*' }, action: { smtp: '451 a\r\n250 b' } }, /rules\[0\]\.action\.smtp/],
  ['two actions at once', { match: { rcpt: '*' }, action: { smtp: '451 a', hang: true } }, /exclude each other/],
  ['http at an SMTP stage', { match: { stage: 'rcpt' }, action: { http: 500 } }, /rules\[0\]\.match/],
  ['a recipient before RCPT', { match: { stage: 'mail', rcpt: '*' }, action: { hang: true } }, /rules\[0\]\.match\.rcpt/],
  ['a status out of range', { match: { path: '*' }, action: { http: 99 } }, /rules\[0\]\.action\.http: must be a whole number from 200/],
  ['a header of two lines', { match: { path: '*' }, action: { http: 500, headers: { A: 'b\r\nC: d' } } }, /rules\[0\]\.action\.headers\.A/],
  ['a probability over one', { match: { path: '*' }, action: { http: 500 }, probability: 2 }, /rules\[0\]\.probability/],
  ['keep without a drop', { match: { path: '*' }, action: { http: 500, keep: true } }, /rules\[0\]\.action\.keep/],
];
for (const [name, row, pattern] of wrongRules) {
  test(`a rule with ${name} is refused and the place named`, async (t) => {
    const script = join(folder(t), 's.json');
    writeFileSync(script, JSON.stringify([row]));
    const { code, stderr } = await run('--smtp', '127.0.0.1:0', '--script', script);
    assert.equal(code, 1);
    assert.match(stderr, pattern);
  });
}

test('a busy port is named in a sentence and ends with 1', async (t) => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => server.close());
  const address = `127.0.0.1:${server.address().port}`;
  const { code, stdout, stderr } = await run('--smtp', address);
  assert.deepEqual([code, stdout], [1, '']);
  assert.equal(stderr, `liaison-sink: cannot listen for SMTP on ${address}: another program is using that port\n`);
});

for (const [args, want] of [[[], 2], [['--smtp'], 2], [['--wrong'], 2], [['--smtp', '127.0.0.1:0', 'stray'], 2],
  [['--smtp', '127.0.0.1:0', '--starttls'], 2], [['--https', '127.0.0.1:0'], 2], [['--smtp', '127.0.0.1:0', '--auth', 'x'], 2],
  [['--smtp', '0.0.0.0:0'], 1], [['--smtp', '127.0.0.1'], 1], [['--smtp', '127.0.0.1:0', '--script', '/nonexistent'], 1],
  [['--smtp', '127.0.0.1:0', '--record', '/nonexistent/x'], 1], [['--help'], 0], [['--version'], 0]]) {
  test(`"liaison-sink ${args.join(' ')}" exits ${want}`, async () => {
    const { code, stdout, stderr } = await run(...args);
    assert.equal(code, want);
    assert.ok(want ? stderr.startsWith('liaison-sink: ') : stdout);
  });
}

test('a stale control socket is replaced, a live one is not', async (t) => {
  const sink = await start(t);
  const second = await run('--smtp', '127.0.0.1:0', '--control', sink.control);
  assert.equal(second.code, 1);
  assert.match(second.stderr, /in use by another program/);
  sink.child.kill('SIGKILL');
  await new Promise((resolve) => sink.child.once('exit', resolve));
  const again = await run('--smtp', '127.0.0.1:0', '--control', sink.control, '--script', '/nonexistent');
  assert.equal(again.code, 1);
  assert.match(again.stderr, /^liaison-sink: script/);
});
