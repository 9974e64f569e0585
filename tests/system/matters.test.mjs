// What missions put to DSS, from its opening to its end: on the real daemon, over its mails, its pages and
// the command line.  Every command of the manual's section is run as the manual shows it.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Api } from './harness/api.mjs';
import { asking, wrongCode } from './harness/asking.mjs';
import { restart } from './harness/daemon.mjs';
import { broadcast, chicago, parseCsv } from './harness/roster.mjs';
import { freePort, poll, root, scene } from './harness/scene.mjs';

const OFFICE = 'duty@chicago.dss.example', CENTER = 'duty@command-center.dss.example', POLICE = 'liaison@local-police.example';
const FIRST = 'liaison1@ar-chicago.example', SECOND = 'liaison2@ar-chicago.example';

/** Two consulates in Chicago with the names that the manual uses, two representatives each. */
function roster() {
  const r = chicago(2, (i, mission) => [1, 2].map((k) => ({ email: `liaison${k}@${mission}.example`, language: k === 1 ? 'es' : 'en' })),
    (i) => ({ threat_level: i === 1 ? 'low' : 'medium' }));
  const named = (text) => text.replaceAll('m-0001', 'ar-chicago').replaceAll('m-0002', 'fr-chicago');
  return { missions: named(r.missions), representatives: named(r.representatives) };
}

const manual = readFileSync(join(root, 'tools/liaisonctl/liaisonctl.1'), 'utf8')
  .replaceAll('\\-', '-').replaceAll('\\(aq', "'");

/** The words of the manual's n-th example of a command, with some of them replaced. */
function example(command, replaced = {}, n = 1) {
  const lines = [...manual.matchAll(new RegExp(`^(?:umask 077; )?liaisonctl (${command}(?: .*)?)$`, 'gm'))].map((m) => m[1]);
  assert.ok(lines.length >= n, `the manual has no example of ${command}`);
  return [...lines[n - 1].replace(/ >\S+$/, '').matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)]
    .map((m) => m[1] ?? m[2] ?? m[3]).map((w) => String(replaced[w] ?? w));
}

/** Runs it; it must succeed.  Answers what it printed. */
async function ctl(a, words) {
  const r = await a.d.ctl(...words);
  assert.equal(r.code, 0, `${words.join(' ')}: ${r.stdout}${r.stderr}`);
  return r.stdout;
}
const ctlJson = async (a, words) => JSON.parse(await ctl(a, [...words, '--json']));

async function open(it, a, matter) {
  const file = it.file('matter.json');
  writeFileSync(file, JSON.stringify(matter));
  return (await ctlJson(a, example('matter open', { 'request.json': file }))).number;
}
const show = (a, number) => ctlJson(a, example('matter show', { 17: number }));
const happened = async (a, number) => (await show(a, number)).history.map((e) => e.what);

/** The first mail to that mailbox that says so. */
const mail = (a, to, what) => poll(20_000, `a mail to ${to} about ${what}`,
  () => a.mails().find((m) => m.to === to && what.test(`${m.subject}\n${m.text}`)));

const REQUEST = { kind: 'assistance-request', mission: 'ar-chicago', body: { subject: 'Surveillance Recognition',
  concerns: 'A car follows the consul.', objectives: 'A briefing for the drivers.', coordinator: 'Deputy Consul Lena Example' } };
const soon = (hours) => new Date(Date.now() + hours * 3600_000).toISOString();

scene('a representative proposes a new address by the personal link, its reader proves it, an agent confirms', async (it) => {
  const a = await asking(it, roster());
  await a.send(broadcast({ audience: { missions: ['ar-chicago'] } }));
  const link = a.mailTo(FIRST);
  const page = `${link.path}/contact`;
  const form = { change: 'changed', email: 'new@ar-chicago.example', phone: '+1 312 555 0100', note: 'Since Monday' };
  const shown = await a.pages.get(page);
  assert.equal(shown.status, 200);
  assert.match(shown.text, /lang="es"/);
  assert.match((await a.pages.get(link.path)).text, /\/contact"/, 'the page for the answer leads there');
  assert.equal((await a.post(page, { ...form, code: wrongCode(link.code) }, a.from())).status, 403);
  assert.equal((await a.post(page, form, a.from())).status, 403, 'a form without a code');
  const bad = await a.post(page, { ...form, email: 'nobody', code: link.code }, a.from());
  assert.equal(bad.status, 422);
  assert.match(bad.text, /value="nobody"/);
  assert.deepEqual((await ctlJson(a, ['matter', 'list'])).matters, []);

  assert.equal((await a.post(page, { ...form, code: link.code }, a.from())).status, 200);
  const [matter] = (await ctlJson(a, example('matter list'))).matters;
  assert.deepEqual([matter.kind, matter.mission, matter.owner, matter.opened_by, matter.body.representative],
    ['contact-update', 'ar-chicago', 'office:chicago', 'ar-chicago/1', 1]);
  const { number } = matter;
  await mail(a, OFFICE, new RegExp(`number ${number}`));
  assert.match((await mail(a, SECOND, /Received under number/)).text, new RegExp(`under number ${number}\\b`));
  assert.match((await mail(a, FIRST, /Recibido con el número/)).subject, new RegExp(`${number}`));

  const early = await a.d.ctl(...example('matter confirm', { 17: number }));
  assert.equal(early.code, 1);
  assert.match(early.stderr, /nobody has answered from new@ar-chicago\.example yet/);
  const proof = await mail(a, 'new@ar-chicago.example', /Confirme esta dirección/);
  assert.equal((await a.post(proof.path, { code: proof.code, answer: 'understood' }, a.from())).status, 200);
  assert.ok((await happened(a, number)).includes('proved'));
  await ctl(a, example('matter confirm', { 17: number }));
  const mission = await ctlJson(a, ['roster', 'show', 'ar-chicago']);
  assert.deepEqual([mission.representatives[0].email, mission.representatives[0].phone], ['new@ar-chicago.example', '+1 312 555 0100']);
  assert.equal(mission.history.at(-1).change, 'changed');
  await mail(a, 'new@ar-chicago.example', /se han confirmado/);
  assert.deepEqual(await happened(a, number), ['opened', 'proof-asked', 'proved', 'confirmed']);
  assert.equal((await a.d.ctl(...example('matter confirm', { 17: number }))).code, 1, 'it is confirmed once');
});

scene('an agent may answer for an address, or refuse', async (it) => {
  const a = await asking(it, roster());
  const contact = (body) => open(it, a, { kind: 'contact-update', mission: 'ar-chicago', body });
  const added = await contact({ change: 'new', name: 'Third Liaison', language: 'en', email: 'third@ar-chicago.example' });
  await ctl(a, example('matter confirm', { 18: added }, 2));
  const leaving = await contact({ change: 'departing', representative: 2, valid_to: '2035-01-31' });
  await ctl(a, example('matter refuse', { 17: leaving }));
  const { representatives } = await ctlJson(a, ['roster', 'show', 'ar-chicago']);
  assert.deepEqual(representatives.map((p) => [p.rank, p.email, p.valid_to]),
    [[1, FIRST, ''], [2, SECOND, ''], [3, 'third@ar-chicago.example', '']]);
  await mail(a, SECOND, /was refused[\s\S]*Not known at the mission/);
});

scene('a wrong person opens a correction, and its confirmation takes the address away', async (it) => {
  const a = await asking(it, roster());
  await a.send(broadcast({ audience: { missions: ['ar-chicago'] } }));
  const link = a.mailTo(SECOND);
  assert.equal((await a.post(link.path, { code: link.code, answer: 'wrong-person', note: 'I left in May' }, a.from())).status, 200);
  const [matter] = (await ctlJson(a, ['matter', 'list', '--kind', 'contact-update'])).matters;
  assert.deepEqual([matter.body.change, matter.body.email, matter.body.representative, matter.body.note],
    ['wrong-person', SECOND, 2, 'I left in May']);
  await mail(a, OFFICE, new RegExp(`Contact update[\\s\\S]*number ${matter.number}`));
  await ctl(a, ['matter', 'confirm', String(matter.number)]);
  const { representatives } = await ctlJson(a, ['roster', 'show', 'ar-chicago']);
  assert.deepEqual(representatives.map((p) => p.email), [FIRST, '']);
  assert.equal((await a.post(link.path, { code: link.code, answer: 'wrong-person', note: 'Again' }, a.from())).status, 200);
  assert.equal((await ctlJson(a, ['matter', 'list'])).matters.length, 1, 'what is recorded opens nothing anew');
});

scene('security information goes to the duty contact, immediate to the Command Center too, and becomes a draft', async (it) => {
  const a = await asking(it, roster());
  const information = (urgency) => open(it, a, { kind: 'security-information', mission: 'ar-chicago', urgency,
    body: { what: 'Two cars circle the block.', where: '205 North Michigan', when: 'since 09:00' } });
  const first = await information('immediate');
  const { owner } = await show(a, first);
  assert.equal(owner, (await ctlJson(a, ['when', 'ar-chicago'])).duty, 'the duty contact of that minute');
  await mail(a, CENTER, new RegExp(`number ${first}[\\s\\S]*Two cars circle`));
  if (owner === 'office:chicago') await mail(a, OFFICE, new RegExp(`number ${first}[\\s\\S]*205 North Michigan`));
  await mail(a, SECOND, new RegExp(`Received under number ${first}`));
  const later = await information('future');
  await mail(a, SECOND, new RegExp(`Received under number ${later}`));
  assert.equal(a.mails().some((m) => m.to === CENTER && m.subject.includes(`number ${later}`)), owner !== 'office:chicago');

  const draft = it.file('draft.json');
  writeFileSync(draft, await ctl(a, example('matter draft', { 21: first })));
  const made = JSON.parse(readFileSync(draft, 'utf8'));
  assert.deepEqual([made.status, made.urgency, made.audience], ['draft', 'immediate', { cities: ['Chicago, IL'] }]);
  const preview = await ctlJson(a, ['preview', draft]);
  assert.deepEqual(preview.missions.map((m) => m.mission), ['ar-chicago', 'fr-chicago']);
  await ctl(a, example('matter answer', { 19: first }));
  await mail(a, SECOND, /was answered[\s\S]*We come on Monday at nine/);
  await ctl(a, example('matter close', { 19: first }));
  assert.equal((await show(a, first)).state, 'closed');
});

scene('a mission asks for assistance with its own token, and sees what is its own alone', async (it) => {
  const port = await freePort();
  const a = await asking(it, roster(), { api: { socket: it.file('liaisond.sock'), address: `127.0.0.1:${port}` } });
  const token = (await ctl(a, example('token create', { 'fr-chicago': 'ar-chicago' }, 2))).trim();
  const mission = new Api({ host: '127.0.0.1', port }, token);
  const foreign = await open(it, a, { ...REQUEST, mission: 'fr-chicago' });
  const { mission: _, ...own } = REQUEST;
  const opened = await mission.request('POST', '/v1/matters', own);
  assert.equal(opened.status, 201, opened.text);
  const { number, owner } = opened.json;
  assert.equal(owner, 'office:chicago');
  assert.equal(opened.headers.location, `/v1/matters/${number}`);
  await ctl(a, example('matter note', { 19: number }));
  await ctl(a, example('matter answer', { 19: number }));
  assert.match((await mail(a, SECOND, /was answered/)).text, /We come on Monday at nine/);
  const seen = await mission.read(`/v1/matters/${number}`);
  assert.deepEqual(seen.history.map((e) => e.what), ['opened', 'answered'], 'not what agents said among themselves');
  for (const [method, path, body, status] of [
    ['GET', `/v1/matters/${foreign}`, undefined, 404],
    ['POST', `/v1/matters/${number}`, { action: 'close' }, 403],
    ['POST', '/v1/matters', { ...REQUEST, mission: 'fr-chicago' }, 422],
    ['POST', '/v1/broadcasts', broadcast(), 403],
    ['GET', '/v1/roster/representatives.csv', undefined, 403],
    ['GET', '/v1/records', undefined, 403],
  ]) {
    const r = await mission.request(method, path, body);
    assert.equal(r.status, status, `${method} ${path}: ${r.text}`);
  }
  assert.deepEqual((await mission.read('/v1/matters?mission=fr-chicago')).matters.map((m) => m.number), [number]);
  const { concerns, ...less } = REQUEST.body;
  const refused = await mission.request('POST', '/v1/matters', { ...own, body: less });
  assert.deepEqual(refused.json.faults.map((f) => f.place), ['/body/concerns']);
  await ctl(a, example('matter close', { 19: number }));
  await mail(a, SECOND, new RegExp(`Number ${number} is closed`));
});

const post = (more = {}) => ({ kind: 'protective-response', mission: 'ar-chicago', body: { form: 'fixed-post', interim: true,
  from: soon(-1), until: soon(72), reason: 'Threats by telephone.', ...more } });

scene('the same request under the same key is one matter', async (it) => {
  const a = await asking(it, roster());
  const post = (body, key) => a.d.api.request('POST', '/v1/matters', body, key === undefined ? {} : { 'idempotency-key': key });
  const first = await post(REQUEST, 'req-1');
  assert.equal(first.status, 201, first.text);
  const again = await post(REQUEST, 'req-1');
  assert.deepEqual([again.status, again.json.number], [200, first.json.number]);
  const other = await post({ ...REQUEST, body: { ...REQUEST.body, objectives: 'Another.' } }, 'req-1');
  assert.equal(other.status, 422, other.text);
  assert.match(other.json.type, /key-reused/);
  assert.equal((await post(REQUEST, '')).status, 400);
  const { matters } = await a.d.api.read('/v1/matters');
  assert.deepEqual(matters.map((m) => m.number), [first.json.number]);
  assert.notEqual((await post(REQUEST)).json.number, first.json.number, 'without a key it is another one');
});

scene('the partner acknowledges a protective response by its own link, and gets the locations', async (it) => {
  const a = await asking(it, roster());
  const number = await open(it, a, post());
  const asked = await mail(a, POLICE, new RegExp(`number ${number}[\\s\\S]*Threats by telephone`));
  assert.match(asked.text, /Where: Consulate 1, Chicago, IL 60604\nForm: fixed-post/);
  assert.match(asked.text, /^Missions it is about$/m);
  assert.doesNotMatch(asked.text, /liaisonctl/, 'a partner has no such thing');
  assert.equal((await show(a, number)).state, 'open');
  assert.equal((await a.pages.get(`${asked.path}/contact`)).status, 404, 'a partner has no contact details here');
  assert.equal((await a.post(asked.path, { code: asked.code, answer: 'understood', note: 'Unit 12' }, a.from())).status, 200);
  const m = await show(a, number);
  assert.deepEqual([m.state, m.history.at(-1).who, m.history.at(-1).note], ['acknowledged', 'partner:local-police', 'Unit 12']);
  await mail(a, OFFICE, /has acknowledged the protective response/);
  await mail(a, SECOND, /the police have acknowledged/);

  const rows = parseCsv(await ctl(a, example('partner locations')));
  assert.deepEqual(rows.map((r) => [r.mission, r.threat_level]), [['fr-chicago', 'medium'], ['ar-chicago', 'low']]);
  assert.match(rows[1].responses, new RegExp(`^${number} fixed-post until .*, acknowledged$`));
  assert.match(await ctl(a, example('partner list')), /^local-police +Local police +911 +elsewhere/m);
  await ctl(a, example('matter close', { 19: number }));
  await mail(a, POLICE, /no longer asked for/);
  assert.equal(parseCsv(await ctl(a, example('partner locations')))[1].responses, '');
});

scene('a partner without a mail address is the duty desk\'s to telephone, and that is said aloud', async (it) => {
  const partners = it.file('partners.conf');
  writeFileSync(partners, 'partners = ( { id = "local-police"; name = "Local police"; elsewhere = true; tel = "312-555-0911"; } );\n');
  const a = await asking(it, roster(), { partners_file: partners });
  const number = await open(it, a, post({ form: 'patrol' }));
  const duty = (await ctlJson(a, ['when', 'ar-chicago'])).duty === 'office:chicago' ? OFFICE : CENTER;
  assert.match((await mail(a, duty, /Telephone Local police/)).text, /Telephone 312-555-0911 now/);
  await a.d.part.line(new RegExp(`matter\\.partner_untold number=${number}`));
  await ctl(a, example('matter acknowledge', { 20: number }));
  const m = await show(a, number);
  assert.deepEqual([m.state, m.history.at(-1).note], ['acknowledged', 'Watch commander, by telephone']);
});

scene('a threat level is set with a reason, kept with its history, and its review falls due', async (it) => {
  const a = await asking(it, roster());
  await ctl(a, example('threat set'));
  const { threats } = await ctlJson(a, example('threat list'));
  assert.deepEqual(threats.map((t) => [t.level, t.reason]), [['low', 'roster import'], ['high', 'Demonstrations announced']]);
  assert.equal((await ctlJson(a, ['roster', 'show', 'ar-chicago'])).threat_level, 'high');
  assert.match(await ctl(a, example('threat overdue')), /no review is overdue/);
  await ctl(a, ['threat', 'set', 'ar-chicago', 'high', '--reason', 'Once more', '--review', soon(0.0005)]);
  await poll(20_000, 'its review is overdue', async () => (await ctlJson(a, ['threat', 'overdue'])).threats.length === 1);
  const other = await a.d.ctl('roster', 'set', 'ar-chicago', 'threat_level=low');
  assert.equal(other.code, 1);
  assert.match(other.stderr, /threat set ar-chicago LEVEL --reason/);
});

scene('a campaign asks everybody, proves who answers, and lists who is silent', async (it) => {
  const a = await asking(it, roster());
  const { id } = await ctlJson(a, example('campaign start'));
  const asked = [];
  for (const to of [FIRST, SECOND, 'liaison1@fr-chicago.example', 'liaison2@fr-chicago.example']) {
    asked.push(await mail(a, to, /(Confirme sus datos|Please confirm your contact data)/));
  }
  assert.equal(a.mails().length, 4, 'and nobody else');
  assert.match(asked[1].text, /Please confirm by \d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC/);
  const before = await ctlJson(a, example('campaign show', { '0193b5a0-0000-7000-8000-000000000001': id }));
  assert.deepEqual([before.asked, before.confirmed, before.silent.length], [4, 0, 4]);
  const answer = async (m, how) => assert.equal((await a.post(m.path, { code: m.code, answer: how }, a.from())).status, 200);
  await answer(asked[0], 'understood');
  await answer(asked[3], 'wrong-person');
  const shown = await ctlJson(a, ['campaign', 'show', id]);
  assert.deepEqual([shown.asked, shown.confirmed], [4, 1]);
  assert.deepEqual(shown.silent.map((o) => [o.recipient, o.answer]),
    [['ar-chicago/2', null], ['fr-chicago/1', null], ['fr-chicago/2', 'wrong-person']]);
  assert.match(await ctl(a, ['campaign', 'show', id]), /^1 of 4 have confirmed$/m);
  const [correction] = (await ctlJson(a, ['matter', 'list'])).matters;
  assert.deepEqual([correction.mission, correction.body.change], ['fr-chicago', 'wrong-person']);
  assert.deepEqual((await ctlJson(a, example('campaign list'))).campaigns.map((c) => c.id), [id]);
  const none = await a.d.ctl('campaign', 'start', '--days', '7', '--audience', '{"cities": ["Atlantis, IL"]}');
  assert.equal(none.code, 1);
  assert.match(none.stderr, /\/audience/);
});

scene('roster check tells how old the last answer from each contact is, also after a restart', async (it) => {
  const a = await asking(it, roster());
  const contacts = async () => (await ctlJson(a, example('roster check', {}, 2))).contacts;
  assert.deepEqual((await contacts()).map((c) => c.age_days), [null, null, null, null]);
  await a.send(broadcast({ audience: { missions: ['ar-chicago'] } }));
  const link = a.mailTo(SECOND);
  assert.equal((await a.post(link.path, { code: link.code, answer: 'understood' }, a.from())).status, 200);
  const proved = async () => (await contacts()).filter((c) => c.age_days === 0).map((c) => [c.mission, c.rank, c.endpoint]);
  assert.deepEqual(await proved(), [['ar-chicago', 2, `mailto:${SECOND}`]]);
  const { findings } = await ctlJson(a, ['roster', 'check']);
  assert.match(findings.find((f) => f.code === 'never-proved').detail, /from 3 endpoints/);
  await a.d.stop();
  a.d = await restart(it, a.d);
  assert.deepEqual(await proved(), [['ar-chicago', 2, `mailto:${SECOND}`]]);
});
