// The certificate authority of one emulated Azure, made at start-up and gone with it.
import { generate } from 'selfsigned'

export type KeyPair = { readonly cert: string; readonly key: string }

export type Authority = {
  /** What clients must trust (PEM), for NODE_EXTRA_CA_CERTS or tlsOptions. */
  readonly caPem: string
  /** For localhost, 127.0.0.1 and ::1. */
  readonly server: KeyPair
  /** A certificate of this authority that a client can show (PEM). */
  clientCertificate(name: string): Promise<KeyPair>
}

/** Makes the authority and the one certificate that every listener shows. */
export async function createAuthority(): Promise<Authority> {
  const ca = await generate([{ name: 'commonName', value: 'Azure on loopback CA' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
    ],
  })
  const issue = async (name: string, extensions: NonNullable<Parameters<typeof generate>[1]>['extensions']) => {
    const made = await generate([{ name: 'commonName', value: name }], {
      keyType: 'ec',
      algorithm: 'sha256',
      ca: { key: ca.private, cert: ca.cert },
      ...(extensions !== undefined && { extensions }),
    })
    return { cert: made.cert, key: made.private }
  }
  const server = await issue('localhost', [
    { name: 'basicConstraints', cA: false },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    {
      name: 'subjectAltName',
      altNames: [
        { type: 2, value: 'localhost' },
        { type: 7, ip: '127.0.0.1' },
        { type: 7, ip: '::1' },
      ],
    },
  ])
  return {
    caPem: ca.cert,
    server,
    clientCertificate: (name) =>
      issue(name, [
        { name: 'basicConstraints', cA: false },
        { name: 'keyUsage', digitalSignature: true, critical: true },
        { name: 'extKeyUsage', clientAuth: true },
      ]),
  }
}

/** A certificate that signs for itself, as teams register for a service principal. */
export async function createSelfSigned(name: string): Promise<KeyPair> {
  const made = await generate([{ name: 'commonName', value: name }], { keySize: 2048, algorithm: 'sha256' })
  return { cert: made.cert, key: made.private }
}
