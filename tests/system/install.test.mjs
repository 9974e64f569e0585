// What `cmake --install` leaves behind is complete, in the usual places, and works from there.
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { daemon, importRoster } from './harness/daemon.mjs';
import { mailboxes } from './harness/roster.mjs';
import { must, run, scene } from './harness/scene.mjs';

const { CMAKE = 'cmake', BUILD, PREFIX = '/usr/local', CONFIG = '' } = process.env;

/** Everything below a folder, as paths from there. */
function tree(folder, at = '') {
  return readdirSync(join(folder, at), { withFileTypes: true })
    .flatMap((e) => (e.isDirectory() ? tree(folder, join(at, e.name)) : [join(at, e.name)]));
}

async function install(it) {
  const destination = it.file('root');
  await must(CMAKE, ['--install', BUILD, ...(CONFIG ? ['--config', CONFIG] : [])], { env: { DESTDIR: destination }, ms: 100_000 });
  return destination;
}

const EXPECTED = [
  /\/sbin\/liaisond$/, /\/bin\/liaisonctl$/, /\/bin\/liaison-sink$/,
  /\/man8\/liaisond\.8$/, /\/man5\/liaisond\.conf\.5$/, /\/man7\/liaisond-promises\.7$/, /\/man1\/liaisonctl\.1$/, /\/man1\/liaison-sink\.1$/,
  /\/etc\/liaisond\/liaisond\.conf$/, /\/etc\/liaisond\/offices\.conf$/, /\/etc\/liaisond\/desks\.conf$/,
  /\/etc\/liaisond\/partners\.conf$/, /\/etc\/liaisond\/calendars\.conf$/,
  /\/etc\/liaisond\/ladder\.conf$/,
  ...['en', 'es', 'fr', 'ar', 'pt'].map((l) => new RegExp(`/etc/liaisond/templates/phrases/${l}\\.json$`)),
  ...['representative', 'desk', 'report'].flatMap((n) => ['txt', 'html'].map((e) => new RegExp(`/etc/liaisond/templates/${n}\\.${e}$`))),
  /\/etc\/liaisond\/templates\/page\.html$/, /\/etc\/liaisond\/templates\/call_sheet\.html$/,
  /\/systemd\/system\/liaisond\.service$/, /\/systemd\/system\/liaisond\.socket$/,
  /\/systemd\/system\/liaisond-pages\.socket$/,
  /\/sysusers\.d\/liaisond\.conf$/, /\/tmpfiles\.d\/liaisond\.conf$/,
  /\/bash-completion\/completions\/liaisonctl$/, /\/examples\/minimal\.conf$/, /\/examples\/roster\/missions\.csv$/,
];

if (!BUILD) {
  test('an installation', (t) => t.skip('BUILD names no build folder'));
} else {
  scene('an installation is complete and nothing in it is writable for others', async (it) => {
    const destination = await install(it);
    const files = tree(destination).map((f) => `/${f}`);
    for (const pattern of EXPECTED) assert.ok(files.some((f) => pattern.test(f)), `nothing matches ${pattern}`);
    assert.ok(files.every((f) => f.startsWith(`${PREFIX}/`) || f.startsWith('/etc/')), files.join('\n'));
    for (const f of files) {
      const { mode } = statSync(join(destination, f));
      assert.equal(mode & 0o022, 0, f);
      assert.equal((mode & 0o111) !== 0, /\/s?bin\//.test(f), `${f} is executable if it is a program`);
    }
  });

  scene('the installed daemon starts on the installed configuration', async (it) => {
    const destination = await install(it);
    const files = tree(destination).map((f) => join(destination, f));
    const conf = files.find((f) => f.endsWith('/etc/liaisond/liaisond.conf'));
    const installed = files.find((f) => f.endsWith('/sbin/liaisond'));
    await must(installed, ['-t', '-c', conf]);
    assert.match(await must(installed, ['--version']), /^liaisond \d+\.\d+/);
    const etc = conf.replace(/\/liaisond\.conf$/, '');
    const d = await daemon(it, { templates: `${etc}/templates`, offices_file: `${etc}/offices.conf`,
      desks_file: `${etc}/desks.conf`, partners_file: `${etc}/partners.conf`, calendars_file: `${etc}/calendars.conf`,
      ladder_file: `${etc}/ladder.conf` });
    await importRoster(d, mailboxes(1));
  });

  scene('a second installation keeps what an operator has changed', async (it) => {
    const destination = await install(it);
    const conf = join(destination, tree(destination).find((f) => f.endsWith('etc/liaisond/desks.conf')));
    appendFileSync(conf, '# ours\n');
    const changed = readFileSync(conf, 'utf8');
    await install(it);
    assert.equal(readFileSync(conf, 'utf8'), changed);
    assert.ok(existsSync(`${conf}.new`), 'the shipped one stands beside it');
  });

  scene('every manual page is well-formed', async (it, t) => {
    const destination = await install(it);
    const pages = tree(destination).filter((f) => /\.[1-8]$/.test(f)).map((f) => join(destination, f));
    assert.equal(pages.length, 5);
    const man = await run('man', ['--version']).catch(() => ({ code: 1 }));
    const mandoc = await run('mandoc', ['-Tlint', '/dev/null']).catch(() => undefined);
    for (const page of pages) {
      await t.test(page.split('/').at(-1), { skip: man.code !== 0 && !mandoc && 'neither man nor mandoc is here' }, async () => {
        if (man.code === 0) {
          const { code, stdout, stderr } = await run('man', ['--warnings=all', '-E', 'UTF-8', '-l', page],
            { env: { MANWIDTH: '200', MANROFFSEQ: '', LC_ALL: 'C.UTF-8', MANPAGER: 'cat' } });
          assert.deepEqual([code, stderr], [0, '']);
          for (const section of ['NAME', 'DESCRIPTION']) assert.match(stdout, new RegExp(`^.*${section}`, 'm'));
        }
        if (mandoc) assert.equal((await run('mandoc', ['-Tlint', '-Wwarning', page])).code, 0);
      });
    }
  });
}
