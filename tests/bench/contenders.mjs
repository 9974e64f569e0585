// The other mail queues and the other router, each with its own folder and at its best settings, all of
// which relay to the receiver.  They come from Debian packages; OpenSMTPD's, which would
// push Postfix out, is unpacked into a folder of the benchmark (tools/bench does it).
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Api } from '../system/harness/api.mjs';
import { postfix } from '../system/harness/postfix.mjs';
import { answers, freePort, Part, poll } from '../system/harness/scene.mjs';
import { assertDistinct, bare, build, cpuUs, nowUs, treeCpuUs } from './bench.mjs';

const unpacked = (name, ...path) => join(build, 'bench-packages', name, ...path);

/**
 * Postfix 3.7: a recipient a delivery, as every message to a person is one of its own; connections kept; as
 * many at once as the measured best; nothing waits for the incoming queue.
 */
export const POSTFIX = {
  smtp_destination_recipient_limit: '1', default_destination_recipient_limit: '1',
  default_destination_concurrency_limit: '50', initial_destination_concurrency: '50',
  smtp_connection_cache_destinations: '127.0.0.1', smtp_connection_cache_on_demand: 'yes',
  smtp_connection_reuse_count_limit: '0', smtp_connection_reuse_time_limit: '3600s', max_use: '100000',
  qmgr_message_active_limit: '20000', qmgr_message_recipient_limit: '20000', qmgr_message_recipient_minimum: '5000',
  in_flow_delay: '0', smtpd_recipient_limit: '5000', smtpd_recipient_overshoot_limit: '5000',
  smtpd_client_message_rate_limit: '0', smtpd_error_sleep_time: '0', strict_rfc821_envelopes: 'no',
  enable_long_queue_ids: 'yes', default_process_limit: '100',
};

export async function tunedPostfix(it, peer) {
  const relay = await postfix(it, { to: peer.smtp, settings: POSTFIX });
  return { port: relay.port, pid: relay.part.child.pid, pipelining: true, stop: () => relay.stop() };
}

/**
 * OpenSMTPD 6.8 in a mount namespace of its own: its users, its queue and its socket have fixed places.
 */
export async function opensmtpd(it, peer) {
  const [port, home] = [await freePort(), it.file('opensmtpd')];
  for (const dir of ['spool', 'run', 'lib/opensmtpd/empty']) mkdirSync(join(home, dir), { recursive: true, mode: 0o755 });
  const users = 'opensmtpd:x:64990:64990::/var/lib/opensmtpd/empty:/usr/sbin/nologin\nopensmtpq:x:64991:64991::/var/lib/opensmtpd/empty:/usr/sbin/nologin\n';
  writeFileSync(join(home, 'passwd'), readFileSync('/etc/passwd', 'utf8') + users);
  writeFileSync(join(home, 'group'), `${readFileSync('/etc/group', 'utf8')}opensmtpd:x:64990:\nopensmtpq:x:64991:\n`);
  writeFileSync(join(home, 'smtpd.conf'), [
    `listen on 127.0.0.1 port ${port} no-dsn`, 'smtp limit max-rcpt 10000', 'smtp limit max-mails 10000',
    'smtp max-message-size 10M', 'mta max-deferred 10000', 'queue ttl 4h',
    `action "out" relay host smtp+notls://127.0.0.1:${peer.smtp}`, 'match from any for any action "out"', ''].join('\n'));
  const mounts = [['passwd', '/etc/passwd'], ['group', '/etc/group'], ['spool', '/var/spool'], ['run', '/run'], ['lib', '/var/lib']]
    .map(([mine, place]) => `mount --bind ${join(home, mine)} ${place}`).join(' && ');
  const part = new Part(it, 'opensmtpd', 'unshare', ['-m', '--propagation', 'private', 'sh', '-c',
    `${mounts} && exec ${unpacked('opensmtpd', 'usr/sbin/smtpd')} -d -f ${join(home, 'smtpd.conf')}`]);
  it.defer(() => part.stop());
  await poll(20_000, 'OpenSMTPD listens', () => {
    if (part.over !== undefined) throw new Error(`OpenSMTPD ended (${part.over}): ${part.lines.join('\n')}`);
    return answers(port);
  });
  return { port, pid: part.child.pid };
}

/**
 * Gives a queue n recipients in mails of `per` over `connections`, and waits for the last arrival at the receiver.
 */
export async function relayAll(queue, peer, { n, per, connections, bytes, ms = 120_000 }) {
  await peer.ask('reset');
  const cpu = treeCpuUs(queue.pid);
  const begun = nowUs();
  const accepted = bare('bench_smtp', [...(queue.pipelining ? ['--pipelining'] : []), '--port', queue.port, '--count', n, '--per-transaction', per,
    '--connections', connections, '--bytes', bytes, '--run', `q${begun}`]);
  const [seen, [submission]] = await Promise.all([peer.wait(n, ms), accepted]);
  assertDistinct('the queue', await peer.ask('tell'), n);
  const from = submission.begun_us;
  return {
    accept: submission.wall_us / 1000, last: (seen.last_us - from) / 1000, rate: n / ((seen.last_us - from) / 1e6),
    cpuEach: (treeCpuUs(queue.pid) - cpu) / n, connections: seen.connections,
  };
}

/** Alertmanager 0.25: one receiver with n webhooks, which are called at once; nothing is grouped or waited for. */
export async function alertmanager(it, peer, n) {
  const port = await freePort();
  const hooks = Array.from({ length: n }, (_, i) => `  - url: http://127.0.0.1:${peer.http}/hooks/m-${i + 1}\n    send_resolved: false\n`);
  writeFileSync(it.file('alertmanager.yml'), `route:\n  receiver: all\n  group_by: ['alertname']\n  group_wait: 0s\n`
    + `  group_interval: 1h\n  repeat_interval: 4h\nreceivers:\n- name: all\n  webhook_configs:\n${hooks.join('')}`);
  const part = new Part(it, 'alertmanager', 'prometheus-alertmanager',
    [`--config.file=${it.file('alertmanager.yml')}`, `--storage.path=${it.file('alertmanager')}`, '--cluster.listen-address=',
      `--web.listen-address=127.0.0.1:${port}`, '--log.level=error']);
  it.defer(() => part.stop());
  await poll(20_000, 'Alertmanager listens', () => {
    if (part.over !== undefined) throw new Error(`Alertmanager ended (${part.over}): ${part.lines.join('\n')}`);
    return answers(port);
  });
  return { n, pid: part.child.pid, api: new Api({ host: '127.0.0.1', port }) };
}

/** One alert to all webhooks of an Alertmanager. */
export async function alert(manager, peer) {
  await peer.ask('reset');
  const cpu = cpuUs(manager.pid);
  const begun = nowUs();
  const r = await manager.api.request('POST', '/api/v2/alerts', [{
    labels: { alertname: `Streets closed downtown ${begun}`, severity: 'severe', area: 'Chicago, IL' },
    annotations: { summary: 'Streets closed downtown', description: 'Use the northern entrance.' },
  }]);
  if (r.status !== 200) throw new Error(`POST /api/v2/alerts: ${r.status} ${r.text}`);
  const seen = await peer.wait(manager.n);
  const cpuEach = (cpuUs(manager.pid) - cpu) / manager.n;
  assertDistinct('Alertmanager', await peer.ask('tell'), manager.n);
  return { accept: 0, last: (seen.last_us - begun) / 1000, rate: manager.n / ((seen.last_us - begun) / 1e6), cpuEach, connections: seen.connections };
}
