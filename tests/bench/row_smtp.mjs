// One event to 5,000 mailboxes, each its own transaction: the daemon beside two mail queues and the bare loops.
import { bare, receiver, row } from './bench.mjs';
import { opensmtpd, relayAll, tunedPostfix } from './contenders.mjs';
import { fanOut, liaisond, mailRoster } from './daemon.mjs';

const N = 5000;
const SEPARATE = { postfix: 2000, opensmtpd: 60 }; // of these fewer do: they take long

/** A bare loop over the receiver: mails a second, us each. */
async function loop(peer, name, args) {
  await peer.ask('reset');
  const [f] = await bare(name, args);
  return { rate: f.count / (f.wall_us / 1e6), cpuEach: f.cpu_us / f.count };
}

function tellAll(tell, who, f) {
  tell(`${who}: rate`, f.rate, '/s');
  tell(`${who}: CPU each`, f.cpuEach, 'us');
  if (f.accept) tell(`${who}: accepted after`, f.accept, 'ms');
  if (f.last) tell(`${who}: last after`, f.last, 'ms');
}

row('smtp', async ({ it, tell }) => {
  const peer = await receiver(it);
  const d = await liaisond(it, { roster: mailRoster(N), peer });
  await fanOut(d, peer); // opens its connections
  const ours = await fanOut(d, peer);
  await d.stop();
  const { bytes } = ours;
  const pipelining = await loop(peer, 'bench_smtp', ['--pipelining', '--port', peer.smtp, '--count', 4 * N, '--connections', 20, '--bytes', bytes]);
  const plain = await loop(peer, 'bench_smtp', ['--port', peer.smtp, '--count', 2 * N, '--connections', 20, '--bytes', bytes]);
  const curl = await loop(peer, 'bench_smtp_curl', [peer.smtp, N, 20, bytes]);
  const postfix = await tunedPostfix(it, peer);
  await relayAll(postfix, peer, { n: 500, per: 100, connections: 4, bytes }); // starts its processes
  const many = await relayAll(postfix, peer, { n: N, per: 100, connections: 4, bytes });
  const single = await relayAll(postfix, peer, { n: SEPARATE.postfix, per: 1, connections: 20, bytes });
  await postfix.stop();
  const open = await relayAll(await opensmtpd(it, peer), peer, { n: SEPARATE.opensmtpd, per: 1, connections: 10, bytes });

  tellAll(tell, 'liaisond', ours);
  tell('liaisond: memory', ours.rss, 'MiB');
  tell('bytes of a mail', bytes, 'bytes');
  tellAll(tell, 'Postfix, 100 recipients a mail', many);
  tellAll(tell, 'Postfix, a mail each', single);
  tellAll(tell, 'OpenSMTPD, a mail each', open);
  tellAll(tell, 'bare pipelining', pipelining);
  tellAll(tell, 'bare non-blocking', plain);
  tellAll(tell, 'bare libcurl, 20 threads', curl);
  tell('times the rate of Postfix at its best', ours.rate / Math.max(many.rate, single.rate), 'x', { least: 10 });
  tell('times the rate of Postfix with a mail each', ours.rate / single.rate, 'x');
  tell("Postfix's CPU at its best over ours", Math.min(many.cpuEach, single.cpuEach) / ours.cpuEach, 'x', { least: 15 });
  tell("Postfix's CPU with a mail each over ours", single.cpuEach / ours.cpuEach, 'x');
  tell('share of the rate of the bare pipelining loop', ours.rate / pipelining.rate, 'x', { least: 1 / 3 });
});
