// A certificate authority of the scene's own, made with the openssl command.
import { chmodSync } from 'node:fs';
import { must } from './scene.mjs';

/** Answers the files { ca, cert, key }: an authority, and a server certificate of it for localhost. */
export async function authority(it, name = 'tls') {
  const file = (leaf) => it.file(`${name}-${leaf}.pem`);
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  await must('openssl', ['req', '-x509', ...curve, '-subj', `/CN=${name} test authority`,
    '-addext', 'keyUsage=critical,keyCertSign', '-keyout', file('ca-key'), '-out', file('ca')]);
  await must('openssl', ['req', '-x509', ...curve, '-subj', '/CN=localhost', '-CA', file('ca'), '-CAkey', file('ca-key'),
    '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-addext', 'basicConstraints=critical,CA:FALSE',
    '-keyout', file('key'), '-out', file('cert')]);
  chmodSync(file('key'), 0o600);
  return { ca: file('ca'), cert: file('cert'), key: file('key') };
}
