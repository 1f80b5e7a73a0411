/** TLS between nodes: both sides show a certificate of the cluster's authority, with their name. */
import type { PeerCertificate } from 'node:tls'
import type { NodeId } from '../core/index.js'

/** PEM texts. */
export interface PeerTls {
  readonly certificate: string
  readonly key: string
  readonly authority: string
}

/** What `https.request` needs for a peer of that name; null: any member's will do. */
export function dialTls(tls: PeerTls, peer: NodeId | null): object {
  return {
    cert: tls.certificate,
    key: tls.key,
    ca: tls.authority,
    minVersion: 'TLSv1.2',
    // The name in the certificate is the node's, wherever it listens today.
    ...(peer !== null && { servername: peer }),
    checkServerIdentity: (_host: string, certificate: PeerCertificate) =>
      peer === null || names(certificate).includes(peer)
        ? undefined
        : new Error(`the certificate is not that of ${peer}`),
  }
}

/** What `https.createServer` needs so that nobody without a certificate gets further. */
export function receiveTls(tls: PeerTls, handshakeMillis: number): object {
  return {
    cert: tls.certificate,
    key: tls.key,
    ca: tls.authority,
    minVersion: 'TLSv1.2',
    requestCert: true,
    rejectUnauthorized: true,
    handshakeTimeout: handshakeMillis,
  }
}

/** The names a certificate is for: those of the subject and its alternatives. */
export function names(certificate: PeerCertificate): readonly string[] {
  const subject = (certificate.subject as { CN?: string | string[] } | undefined)?.CN ?? []
  const alternatives = (certificate.subjectaltname ?? '')
    .split(', ')
    .filter((each) => each.startsWith('DNS:'))
    .map((each) => each.slice('DNS:'.length))
  return [...(typeof subject === 'string' ? [subject] : subject), ...alternatives]
}
