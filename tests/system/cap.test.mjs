// CAP through the front door: the collected files, one alert of several places, and what it carries.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { daemon, importRoster } from './harness/daemon.mjs';
import { chicago, parseCsv, sampleRoster } from './harness/roster.mjs';
import { root, scene } from './harness/scene.mjs';
import { sink } from './harness/sink.mjs';

const CAP = { 'content-type': 'application/cap+xml' };
const now = () => `${new Date().toISOString().slice(0, 19)}-00:00`;

const post = (d, bytes) => d.api.request('POST', '/v1/broadcasts', bytes, CAP);

/** a: goes out; h: held for a person; n: recorded, goes nowhere; r: refused; d: conflict. */
function verdict({ status, json, text }) {
  if (status === 422 || status === 400) return 'r';
  if (status === 409) return 'd';
  assert.equal(status, 201, text);
  if (json.state === 'pending') return 'h';
  return json.state === 'released' ? 'a' : 'n';
}

/* What a word in the column `expect` allows.  The either-way ones are decided here: order of elements and Z
 * are what real senders write; a ring is not closed by guessing; a pole, a crossing line, geocodes of others and
 * no area at all are a person's to resolve; a leap second is no instant that we can compare. */
const allowed = {
  accept: 'a', reject: 'r', 'accept-nodispatch': 'n', 'accept-sanitized': 'a', 'accept-escaped': 'a',
  'accept-ignore': 'ah', 'accept-no-fetch': 'a', 'accept-warn': 'a', 'accept-or-hold': 'ah', 'hold-or-reject': 'h',
  'reject-duplicate': 'd', 'accept-or-flag': 'a', 'accept-or-reject': 'hr', 'reject-or-lenient': 'a',
  'reject-or-close': 'r', 'reject-or-truncate': 'r', 'reject-or-bounded': 'r', 'reject-or-415': 'r', 'accept-or-415': 'a',
};
/* Status Test goes to the test recipient alone: that is a dispatch, to nobody of the missions. */
const own = { 'syn-status-test.xml': 'a' };
/* Public ones that are valid by the schema and that we judge invalid, and why. */
const judgedInvalid = {
  'google-canada_errors.cap': 'an Update with empty <references>: CAP 1.2, 3.2.1 has it update the messages named there',
};

/** Its own identifier and references, so that files of one event do not meet; and sent now, if fresh. */
function prepared(bytes, k, fresh) {
  const encoding = bytes[0] === 0xff ? 'utf16le' : 'latin1';
  const text = bytes.toString(encoding)
    .replace(/(<(?:\w+:)?identifier>[^<]+)</, `$1.${k}<`)
    .replace(/(<(?:\w+:)?references>)([^<]*)/, (_, tag, list) => tag + list.replace(/,([^,\s]+),/g, `,$1.${k},`))
    .replace(/(<(?:\w+:)?sent>)[^<]*/, (all, tag) => (fresh ? tag + now() : all));
  return Buffer.from(text, encoding);
}

const data = join(root, '../shared/data/cap');
if (existsSync(data)) {
  scene('every collected file goes through the intake as it is expected to', async (it, t) => {
    const peers = await sink(it);
    let baits = 0;
    const bait = net.createServer((socket) => { baits += 1; socket.destroy(); });
    await new Promise((resolve, reject) => bait.on('error', reject).listen(9, '127.0.0.1', resolve));
    it.defer(() => bait.close());
    const d = await daemon(it, { smtp: { port: peers.smtp }, cap: { oldest: '1.0' },
      // One public Update names its predecessor by another sender, which only a grant allows.
      release: { may_supersede: ['http://newwcatwc.arh.noaa.gov/tsuPortal/'] } });
    await importRoster(d, sampleRoster());
    const files = parseCsv(readFileSync(join(data, 'index.csv'), 'utf8'));
    assert.equal(files.length, readdirSync(data).filter((n) => /\.(xml|cap|txt|gz)$/i.test(n)).length);
    assert.equal(verdict(await post(d, readFileSync(join(data, 'syn-bom-utf8.xml')))), 'h', 'an alert of 2012, as it is');
    const counts = {};
    for (const [k, { file, expect, origin }] of files.entries()) {
      await t.test(`${file}: ${expect || origin}`, async () => {
        const bytes = readFileSync(join(data, file));
        const may = own[file] ?? allowed[expect];
        const mine = prepared(bytes, k, false);
        if (expect === 'reject-duplicate') await post(d, Buffer.from(mine.toString().replace('Moderate', 'Severe')));
        const asItIs = await post(d, mine);
        const got = verdict(asItIs);
        counts[got] = (counts[got] ?? 0) + 1;
        if (judgedInvalid[file]) assert.equal(got, 'r', judgedInvalid[file]);
        else if (origin === 'public') assert.match(got, /[ahn]/, asItIs.text);
        else assert.ok(may.includes(got) || (got === 'h' && may.includes('a')), `${got}: ${asItIs.text}`);
        if (got === 'n' || got === 'h') assert.equal(asItIs.json.notifications, 0, 'nobody is told');
        if (expect === 'accept-warn') assert.ok(asItIs.json.warnings.length > 1);
        // What is good is old, and held for that: sent today, it goes.
        if (/^(accept|reject-or-lenient|hold)/.test(expect) && !/syn-sent/.test(file)) {
          const today = await post(d, prepared(bytes, `${k}.today`, true));
          assert.ok(may.includes(verdict(today)), `sent today: ${today.text}`);
        }
      });
    }
    console.log(`# ${files.length} files: ${JSON.stringify(counts)}`);
    assert.equal(baits, 0, 'nothing that a file names is opened');
  });
} else {
  test('the collected CAP files', (t) => t.skip(`${data} is not there`));
}

/** The text parts of a mail, decoded. */
const decoded = (mail) => Buffer.from(mail.replace(/=\r?\n/g, '')
  .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))), 'latin1').toString('utf8');

const info = ({ headline, severity, circle, language = 'en-US', more = '' }) => `<info><language>${language}</language>
<category>Security</category><event>Security</event><urgency>Immediate</urgency><severity>${severity}</severity>
<certainty>Observed</certainty><headline>${headline}</headline><description>${headline} text.</description>${more}
<area><areaDesc>${headline} area</areaDesc><circle>${circle}</circle></area></info>`;
const alert = (identifier, ...infos) => `<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>${identifier}</identifier>
<sender>pld-duty@dss.example</sender><sent>${now()}</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope>
${infos.join('')}</alert>`;
const HOUSTON = { city: 'Houston', state: 'TX', lat: '29.76', lon: '-95.37', county_fips: '48201' };
const CHICAGO_CIRCLE = '41.88,-87.63 5';
const HOUSTON_CIRCLE = '29.76,-95.37 20';

/** The mail about a broadcast that a mailbox got. */
function mailTo(folder, to, id) {
  const raw = readdirSync(folder, { recursive: true }).filter((n) => /(^|\/)(new|cur)\//.test(n))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .find((m) => new RegExp(`^To:.*${to}`, 'm').test(m) && new RegExp(`^Message-Id: <${id}\\.`, 'm').test(m));
  assert.ok(raw, `${to} got no mail about ${id}`);
  return { raw, text: decoded(raw) };
}

scene('a mission is told the text of its own place, in alert and cancel; who has several, all of theirs', async (it) => {
  const folder = it.file('mail');
  const peers = await sink(it, { args: ['--maildir', folder] });
  const d = await daemon(it, { smtp: { port: peers.smtp } });
  await importRoster(d, chicago(2, (i, mission) => [{ email: `own@${mission}.example` }, { email: 'both@group.example' }],
    (i) => (i === 2 ? HOUSTON : {})));
  const r = await post(d, alert('PLACES-1', info({ headline: 'Evacuate', severity: 'Extreme', circle: CHICAGO_CIRCLE }),
    info({ headline: 'Stay informed', severity: 'Minor', circle: HOUSTON_CIRCLE })));
  assert.equal(r.status, 201, r.text);
  assert.equal(r.json.state, 'released');
  await peers.wait({ mails: r.json.notifications });
  const check = (id) => {
    const text = (to) => mailTo(folder, to, id).text;
    assert.match(text('own@m-0001.example'), /Evacuate/);
    assert.doesNotMatch(text('own@m-0001.example'), /Stay informed/);
    assert.match(text('own@m-0002.example'), /Stay informed/);
    assert.doesNotMatch(text('own@m-0002.example'), /Evacuate/);
    assert.match(text('both@group.example'), /Evacuate/);
    assert.match(text('both@group.example'), /Stay informed/);
    return text;
  };
  const text = check(r.json.id);
  assert.notEqual(/^.*extreme.*$/mi.exec(text('own@m-0001.example')), null);
  assert.doesNotMatch(text('own@m-0002.example'), /extreme/i, 'the severity of the other place');
  const cancel = await d.ctl('cancel', r.json.id, '--json');
  assert.equal(cancel.code, 0, cancel.stdout + cancel.stderr);
  const { id, notifications } = JSON.parse(cancel.stdout);
  await peers.wait({ mails: r.json.notifications + notifications });
  check(id);
});

scene('inline resources go with the mail of their text, if the configuration says so', async (it) => {
  const folder = it.file('mail');
  const peers = await sink(it, { args: ['--maildir', folder] });
  const d = await daemon(it, { smtp: { port: peers.smtp } });
  await importRoster(d, chicago(2, (i, mission) => [{ email: `own@${mission}.example` }], (i) => (i === 2 ? HOUSTON : {})));
  const resource = (text, uri = '') => `<resource><resourceDesc>Map</resourceDesc><mimeType>image/png</mimeType>${uri}
    <derefUri>${Buffer.from(text).toString('base64')}</derefUri></resource>`;
  const bytes = (id) => alert(id,
    info({ headline: 'North', severity: 'Severe', circle: CHICAGO_CIRCLE, more: resource('the north', '<uri>file:///etc/passwd</uri>') }),
    info({ headline: 'South', severity: 'Severe', circle: HOUSTON_CIRCLE, more: resource('the south') }));
  const send = async (id, so_far) => {
    const r = await post(d, bytes(id));
    assert.equal(r.status, 201, r.text);
    await peers.wait({ mails: so_far + r.json.notifications });
    return r.json;
  };
  const first = await send('MAPS-1', 0);
  assert.doesNotMatch(mailTo(folder, 'own@m-0001.example', first.id).raw, /multipart\/mixed/, 'off unless it is asked for');
  writeFileSync(d.file, `${readFileSync(d.file, 'utf8')}\ncap = { attach_resources = 4096; };\n`);
  assert.match(await d.reload(), /reloaded/);
  const second = await send('MAPS-2', first.notifications);
  const [north, south] = [1, 2].map((i) => mailTo(folder, `own@m-000${i}.example`, second.id).raw);
  const base64 = (text) => Buffer.from(text).toString('base64');
  assert.ok(north.includes(base64('the north')) && !north.includes(base64('the south')), north);
  assert.ok(south.includes(base64('the south')) && !south.includes(base64('the north')), south);
  assert.ok(!north.includes('passwd'), 'what it names is neither fetched nor told');
});
