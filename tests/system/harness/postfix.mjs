// A real Postfix with its own configuration and queue, which relays everything to the sink.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { answers, freePort, must, Part, poll, run, within } from './scene.mjs';

const SERVICES = [
  'pickup unix n - n 60 1 pickup', 'cleanup unix n - n - 0 cleanup', 'qmgr unix n - n 300 1 qmgr',
  'tlsmgr unix - - n 1000? 1 tlsmgr', 'rewrite unix - - n - - trivial-rewrite', 'bounce unix - - n - 0 bounce',
  'defer unix - - n - 0 bounce', 'trace unix - - n - 0 bounce', 'verify unix - - n - 1 verify',
  'flush unix n - n 1000? 0 flush', 'proxymap unix - - n - - proxymap', 'smtp unix - - n - - smtp',
  'relay unix - - n - - smtp', 'error unix - - n - - error', 'retry unix - - n - - error',
  'discard unix - - n - - discard', 'anvil unix - - n - 1 anvil', 'scache unix - - n - 1 scache',
  'postlog unix-dgram n - n - 1 postlogd',
];

/** Where this host's Postfix keeps its programs. */
async function installed(name) {
  return (await must('postconf', ['-dh', name])).trim();
}

/**
 * to: the sink's port.  tls: { cert, key } to offer STARTTLS.  access: lines of an access table for
 * recipients.  policy: the port of a policy service that is asked for every recipient.  settings: more lines
 * of main.cf, or others.
 */
export async function postfix(it, { to, tls, access = [], policy, settings = {} }) {
  assert.equal(process.getuid(), 0, 'Postfix has to be started as root: run the system tests as root');
  const port = await freePort();
  const dir = it.file('postfix');
  mkdirSync(`${dir}/queue`, { recursive: true, mode: 0o755 });
  writeFileSync(`${dir}/mail.log`, '');
  chmodSync(`${dir}/mail.log`, 0o666); // what clears up after a kill has given up root, and tells it there
  writeFileSync(`${dir}/access`, `${access.join('\n')}\n`);
  const checks = [`check_recipient_access texthash:${dir}/access`,
    ...(policy ? [`check_policy_service inet:127.0.0.1:${policy}`] : []), 'permit_mynetworks', 'reject'];
  const main = {
    compatibility_level: '3.6', queue_directory: `${dir}/queue`, data_directory: `${dir}/data`,
    daemon_directory: await installed('daemon_directory'), shlib_directory: await installed('shlib_directory'),
    meta_directory: await installed('meta_directory'), mail_owner: 'postfix', setgid_group: 'postdrop',
    myhostname: 'relay.example', myorigin: 'relay.example', mydestination: '', local_transport: 'error:no local mail',
    alias_maps: '', alias_database: '', local_recipient_maps: '', inet_interfaces: '127.0.0.1', inet_protocols: 'ipv4',
    mynetworks: '127.0.0.0/8', relayhost: `[127.0.0.1]:${to}`, smtp_dns_support_level: 'disabled',
    smtp_tls_security_level: 'none', smtpd_recipient_restrictions: checks.join(', '),
    smtpd_client_connection_count_limit: '0', smtpd_client_restrictions: 'permit', smtpd_peername_lookup: 'no',
    default_process_limit: '50', maillog_file: `${dir}/mail.log`, maillog_file_prefixes: it.dir,
    smtpd_tls_security_level: tls ? 'may' : 'none', smtpd_tls_cert_file: tls?.cert ?? '', smtpd_tls_key_file: tls?.key ?? '',
    smtpd_tls_received_header: 'yes', smtpd_tls_loglevel: '1', ...settings,
  };
  writeFileSync(`${dir}/main.cf`, Object.entries(main).map(([k, v]) => `${k} = ${v}\n`).join(''));
  writeFileSync(`${dir}/master.cf`, `127.0.0.1:${port} inet n - n - - smtpd\n${SERVICES.join('\n')}\n`);
  const relay = {
    port,
    log: () => { try { return readFileSync(`${dir}/mail.log`, 'utf8'); } catch { return ''; } },
    async start() {
      this.part = new Part(it, 'postfix', 'postfix', ['-c', dir, 'start-fg']);
      await poll(30_000, 'Postfix listens', () => {
        assert.equal(this.part.over, undefined, `Postfix ended: ${this.part.lines.join('\n')}\n${this.log()}`);
        return answers(port);
      });
    },
    /** The master process is a child of the command that started it, so the command stops it too. */
    async stop() {
      if (!this.part) return;
      await run('postfix', ['-c', dir, 'stop']);
      await within(30_000, 'Postfix ends', this.part.ended);
      this.part = undefined;
    },
  };
  it.say('postfix, its mail log', () => relay.log().split('\n').slice(-40).join('\n'));
  it.defer(() => relay.stop());
  await relay.start();
  return relay;
}

/**
 * A greylisting service in Postfix's policy protocol: the first try of each recipient is put off.
 * Answers { port, tries }, tries counting by recipient.
 */
export async function greylist(it) {
  const tries = new Map();
  const server = net.createServer((socket) => {
    let text = '';
    socket.on('error', () => {});
    socket.setEncoding('utf8').on('data', (d) => {
      const requests = (text + d).split('\n\n');
      text = requests.pop();
      for (const request of requests) {
        const [, recipient] = /^recipient=(.*)$/m.exec(request);
        tries.set(recipient, (tries.get(recipient) ?? 0) + 1);
        socket.write(`action=${tries.get(recipient) === 1 ? '451 4.7.1 greylisted, try again later' : 'dunno'}\n\n`);
      }
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  it.defer(() => { server.close(); });
  return { port: server.address().port, tries };
}
