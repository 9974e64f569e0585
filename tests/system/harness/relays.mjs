// Real relays of three makes, each with STARTTLS and a login, and a mailbox that it refuses; all relay to the
// sink.  OpenSMTPD and Exim would push Postfix out as Debian packages: they are unpacked below the build
// (tools/check does it) and run in namespaces of their own, where their fixed users and places are.
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join, resolve } from 'node:path';
import { postfix } from './postfix.mjs';
import { answers, freePort, Part, poll } from './scene.mjs';

const packages = process.env.PACKAGES ?? 'build/packages';
export const LOGIN = { user: 'liaisond', password: 'pass word' };

/** All that descends from pid, the children first. */
function descendants(pid) {
  const parents = readdirSync('/proc').filter((n) => /^\d+$/.test(n)).flatMap((n) => {
    try {
      const [, ppid] = /^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${n}/stat`, 'latin1'));
      return [[Number(n), Number(ppid)]];
    } catch { return []; }
  });
  const below = (p) => parents.filter(([, ppid]) => ppid === p).flatMap(([n]) => [...below(n), n]);
  return below(pid);
}

/** SIGKILL to a part and all that it has started, at once. */
async function killTree(part) {
  const all = [...descendants(part.child.pid), part.child.pid];
  for (const pid of all) process.kill(pid, 'SIGSTOP');
  for (const pid of [...descendants(part.child.pid), part.child.pid]) process.kill(pid, 'SIGKILL');
  await part.ended;
}

/** Dovecot's protocol of asking for a login, as far as Postfix speaks it for PLAIN; answers the port. */
async function loginService(it) {
  const server = net.createServer((socket) => {
    let text = '';
    socket.on('error', () => {});
    socket.write('VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t0123456789abcdef0123456789abcdef\nDONE\n');
    socket.setEncoding('utf8').on('data', (d) => {
      const lines = (text + d).split('\n');
      text = lines.pop();
      for (const [verb, id, ...rest] of lines.map((l) => l.split('\t'))) {
        const response = verb === 'CONT' ? rest[0] : rest.find((w) => w.startsWith('resp='))?.slice(5);
        if (verb === 'AUTH' && response === undefined) socket.write(`CONT\t${id}\t\n`);
        if (response === undefined || !['AUTH', 'CONT'].includes(verb)) continue;
        const answer = Buffer.from(response, 'base64').toString().split('\0');
        const good = answer[1] === LOGIN.user && answer[2] === LOGIN.password;
        socket.write(good ? `OK\t${id}\tuser=${LOGIN.user}\n` : `FAIL\t${id}\n`);
      }
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  it.defer(() => { server.close(); });
  return server.address().port;
}

async function startPostfix(it, { to, tls, refused }) {
  const login = await loginService(it);
  const relay = await postfix(it, {
    to, tls, access: [`${refused} 550 5.1.1 no such mailbox`], settings: {
      smtpd_sasl_auth_enable: 'yes', smtpd_sasl_type: 'dovecot', smtpd_sasl_path: `inet:127.0.0.1:${login}`,
      smtpd_tls_auth_only: 'yes', smtpd_sasl_security_options: 'noanonymous', mynetworks: '10.255.255.255/32',
      smtpd_recipient_restrictions: `check_recipient_access texthash:${it.file('postfix')}/access, permit_sasl_authenticated, reject`,
    },
  });
  return { ...relay, start: () => relay.start(), kill: () => killTree(relay.part) };
}

/** A program in a mount namespace where dir/NAME stands in the place of each of places. */
function inItsPlaces(it, name, dir, places, command) {
  const mounts = Object.entries(places).map(([mine, place]) => `mount --bind ${join(dir, mine)} ${place}`);
  const unpacked = join(resolve(packages), name);
  const libraries = `LD_LIBRARY_PATH=${unpacked}/usr/lib/x86_64-linux-gnu`;
  return new Part(it, name, 'unshare', ['-m', '--propagation', 'private', 'sh', '-c',
    `${mounts.join(' && ')} && ${libraries} exec ${unpacked}/${command}`]);
}

/** passwd and group with more users, as files of dir. */
function users(dir, names) {
  const line = (n, i) => [`${n}:x:${64990 + i}:${64990 + i}::${'/var/lib/empty'}:/usr/sbin/nologin\n`, `${n}:x:${64990 + i}:\n`];
  writeFileSync(join(dir, 'passwd'), readFileSync('/etc/passwd', 'utf8') + names.map((n, i) => line(n, i)[0]).join(''));
  writeFileSync(join(dir, 'group'), readFileSync('/etc/group', 'utf8') + names.map((n, i) => line(n, i)[1]).join(''));
}

/** What is the same of those that are not installed. */
async function runs(it, relay, begin) {
  const start = async () => {
    relay.part = begin();
    await poll(20_000, 'the relay listens', () => {
      assert.equal(relay.part.over, undefined, `the relay ended: ${relay.part.lines.join('\n')}`);
      return answers(relay.port);
    });
  };
  it.defer(async () => { if (relay.part.over === undefined) await killTree(relay.part); });
  await start();
  return { ...relay, start, kill: () => killTree(relay.part), log: relay.log ?? (() => relay.lines.join('\n')) };
}

/** In clear text and without a login: 6.8 as Debian builds it finds no private key under OpenSSL 3, and no login without TLS. */
async function startOpensmtpd(it, { to, refused }) {
  const [port, dir] = [await freePort(), it.file('opensmtpd')];
  for (const d of ['spool', 'run', 'lib/empty', 'lib/opensmtpd/empty']) mkdirSync(join(dir, d), { recursive: true, mode: 0o755 });
  users(dir, ['opensmtpd', 'opensmtpq']);
  writeFileSync(join(dir, 'smtpd.conf'), [`listen on 127.0.0.1 port ${port} hostname relay.example`,
    `action "out" relay host smtp+notls://127.0.0.1:${to}`,
    `match from any for rcpt-to "${refused}" reject`, 'match from any for any action "out"', ''].join('\n'), { mode: 0o600 });
  const lines = [];
  return runs(it, { port, lines }, () => {
    const part = inItsPlaces(it, 'opensmtpd', dir, { passwd: '/etc/passwd', group: '/etc/group', spool: '/var/spool', run: '/run', lib: '/var/lib' },
      `usr/sbin/smtpd -d -v -f ${join(dir, 'smtpd.conf')}`);
    part.lines = lines; // of all its lives
    return part;
  });
}

async function startExim(it, { to, tls, refused }) {
  const [port, dir] = [await freePort(), it.file('exim')];
  mkdirSync(join(dir, 'spool'), { recursive: true, mode: 0o755 });
  users(dir, ['Debian-exim']);
  for (const f of [dir, join(dir, 'spool')]) chownSync(f, 64990, 64990);
  for (const f of [tls.cert, tls.key]) chownSync(f, 64990, 64990);
  const program = join(resolve(packages), 'exim4-daemon-light/usr/sbin/exim4');
  chmodSync(program, 0o755); // set-user-id, it would not look for its libraries here
  const [local, domain] = refused.split('@');
  writeFileSync(join(dir, 'exim.conf'), `
primary_hostname = relay.example
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${port}
spool_directory = ${dir}/spool
log_file_path = ${dir}/%slog
pid_file_path = ${dir}/exim.pid
exim_path = ${program}
keep_environment = LD_LIBRARY_PATH
acl_smtp_rcpt = rcpt
acl_smtp_data = accept
host_lookup =
rfc1413_hosts =
smtp_accept_max_per_connection = 1000
tls_advertise_hosts = *
tls_certificate = ${tls.cert}
tls_privatekey = ${tls.key}
auth_advertise_hosts = \${if eq{$tls_in_cipher}{}{}{*}}
begin acl
rcpt:
  deny local_parts = ${local}
       domains = ${domain}
       message = no such mailbox
  accept authenticated = *
  deny message = log in first
begin routers
out:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = out
begin transports
out:
  driver = smtp
  port = ${to}
  hosts_avoid_tls = *
  allow_localhost
begin retry
* * F,1h,1s
begin authenticators
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = \${if and{{eq{$auth1}{${LOGIN.user}}}{eq{$auth2}{${LOGIN.password}}}}}
  server_set_id = $auth1
`, { mode: 0o644 });
  const log = () => { try { return readFileSync(join(dir, 'mainlog'), 'utf8'); } catch { return ''; } };
  it.say('exim, its log', () => log().split('\n').slice(-40).join('\n'));
  return runs(it, { port, log }, () => inItsPlaces(it, 'exim4-daemon-light', dir, { passwd: '/etc/passwd', group: '/etc/group' },
    `usr/sbin/exim4 -C ${join(dir, 'exim.conf')} -bdf -q1s`));
}

/**
 * A wire to a port of 127.0.0.1 that can be held: holdAfter(n) lets n more bytes through to the port, and then
 * nothing; release() lets all of it through again.
 */
export async function wire(it, to) {
  let left = Infinity;
  const held = new Set();
  const server = net.createServer((near) => {
    const far = net.connect(to, '127.0.0.1');
    far.pipe(near);
    near.on('data', (bytes) => {
      left -= bytes.length;
      far.write(bytes);
      if (left <= 0) held.add(near.pause());
    });
    near.on('end', () => far.end());
    for (const [one, other] of [[near, far], [far, near]]) one.on('error', () => {}).on('close', () => { held.delete(near); other.destroy(); });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  it.defer(() => { server.close(); });
  return {
    port: server.address().port,
    holdAfter: (bytes) => { left = bytes; },
    release: () => { left = Infinity; for (const near of held) near.resume(); held.clear(); },
  };
}

/** start(it, { to, tls, refused }) answers { port, start, kill, log }; proofs: what its log says of TLS and the login. */
export const RELAYS = [
  { name: 'Postfix', start: startPostfix, refusal: /550 5\.1\.1 .*no such mailbox/, proofs: [/sasl_method=PLAIN, sasl_username=liaisond/, /TLS connection established from/] },
  { name: 'OpenSMTPD', start: startOpensmtpd, refusal: /550 /, proofs: [] },
  { name: 'Exim', start: startExim, refusal: /550 no such mailbox/, proofs: [/A=login:liaisond/, /X=TLS/] },
];
