// A certificate authority of the scene's own, made with the openssl command.
import { chmodSync } from 'node:fs';
import tls from 'node:tls';
import { must } from './scene.mjs';

const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/**
 * An authority: { ca, cert, key, issue }.  cert and key are the files of a server certificate of it for
 * localhost; issue(leaf, …) makes others and answers { cert, key }.
 */
export async function authority(it, name = 'tls') {
  const file = (leaf) => it.file(`${name}-${leaf}.pem`);
  await must('openssl', ['req', '-x509', ...curve, '-days', '2', '-subj', `/CN=${name} test authority`,
    '-addext', 'keyUsage=critical,keyCertSign', '-keyout', file('ca-key'), '-out', file('ca')]);
  /** names: subjectAltName; days: how long from now, negative: it has ended. */
  const issue = async (leaf, { names = 'DNS:localhost,IP:127.0.0.1', subject = 'localhost', days = 2 } = {}) => {
    const [cert, key] = [file(`${leaf}-cert`), file(`${leaf}-key`)];
    const san = names ? ['-addext', `subjectAltName=${names}`] : [];
    if (days > 0) {
      await must('openssl', ['req', '-x509', ...curve, '-days', String(days), '-subj', `/CN=${subject}`, '-CA', file('ca'), '-CAkey', file('ca-key'),
        ...san, '-addext', 'basicConstraints=critical,CA:FALSE', '-keyout', key, '-out', cert]);
    } else {
      await must('openssl', ['req', '-new', ...curve, '-subj', `/CN=${subject}`, ...san, '-keyout', key, '-out', file(`${leaf}-request`)]);
      await must('openssl', ['x509', '-req', '-in', file(`${leaf}-request`), '-copy_extensions', 'copy', '-days', String(days),
        '-CA', file('ca'), '-CAkey', file('ca-key'), '-CAcreateserial', '-out', cert]);
    }
    chmodSync(key, 0o600);
    return { cert, key };
  };
  return { ca: file('ca'), ...await issue('server'), issue };
}

/** How a handshake goes: { ok, protocol, names } or { ok: false, why }; options as of tls.connect(). */
export function handshake(port, options) {
  return new Promise((resolve) => {
    const socket = tls.connect({ host: '127.0.0.1', servername: 'localhost', port, ...options }, () => {
      const seen = { ok: true, protocol: socket.getProtocol(), cipher: socket.getCipher().name, serial: socket.getPeerCertificate().serialNumber };
      socket.destroy();
      resolve(seen);
    });
    socket.on('error', (e) => resolve({ ok: false, why: e.message }));
  });
}

/** The same, but what the server shows ended yesterday. */
export async function expired(it, name = 'expired') {
  const tls = await authority(it, name);
  const file = (leaf) => it.file(`${name}-${leaf}.pem`);
  await must('openssl', ['req', '-new', '-key', tls.key, '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-out', file('request')]);
  await must('openssl', ['x509', '-req', '-in', file('request'), '-CA', tls.ca, '-CAkey', file('ca-key'),
    '-copy_extensions', 'copy', '-days', '-1', '-out', tls.cert]);
  return tls;
}
