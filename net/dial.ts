/** Dials a peer and shakes hands: a stream that frames may be written to, or why there is none. */
import { randomBytes } from 'node:crypto'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import { ByteWriter } from '../core/index.js'
import type { Address } from './address.js'
import { beginFrame, endFrame } from './frame.js'
import type { Hello } from './handshake.js'
import { helloHeaders, linkPath, proofOf } from './handshake.js'
import type { Keyring } from './secret.js'
import { sameProof } from './secret.js'
import type { PeerTls } from './tls.js'
import { dialTls } from './tls.js'

export type Dialler = (signal: AbortSignal) => Promise<Duplex>

export interface DialOptions {
  readonly address: Address
  readonly hello: Omit<Hello, 'nonce' | 'label'>
  readonly keyring: Keyring
  readonly tls: PeerTls | null
  readonly timeoutMillis: number
}

export const diallerOf =
  (options: DialOptions): Dialler =>
  (signal) =>
    dial(options, signal)

function dial(options: DialOptions, signal: AbortSignal): Promise<Duplex> {
  const { address, keyring, tls } = options
  const nonce = randomBytes(16).toString('hex')
  const hello: Hello = { ...options.hello, label: keyring.first.label, nonce }
  const settings = {
    host: address.host,
    port: address.port,
    path: linkPath,
    headers: helloHeaders(hello),
    agent: false,
    signal,
    maxHeaderSize: 8_192,
  }
  const request =
    tls === null ? httpRequest(settings) : httpsRequest({ ...settings, ...dialTls(tls, hello.to) })
  return new Promise((done, fail) => {
    const alarm = setTimeout(() => {
      request.destroy(new Error('no answer in time'))
    }, options.timeoutMillis)
    const settle = (result: Duplex | Error): void => {
      clearTimeout(alarm)
      if (result instanceof Error) fail(result)
      else done(result)
    }
    listen(request, keyring, hello, settle)
    request.end()
  })
}

function listen(
  request: ClientRequest,
  keyring: Keyring,
  hello: Hello,
  settle: (result: Duplex | Error) => void,
): void {
  request.on('error', settle)
  request.on('response', (response) => {
    const reason = response.headers['x-reason']
    const words = typeof reason === 'string' ? reason.slice(0, 200) : 'no reason given'
    response.resume()
    request.destroy()
    settle(new Error(`refused (${String(response.statusCode)}): ${words}`))
  })
  request.on('upgrade', (response, socket, head) => {
    const receiverNonce = provenNonce(response, keyring, hello)
    if (receiverNonce === null) {
      socket.destroy()
      settle(new Error('the other side does not know the secret of this cluster'))
      return
    }
    socket.setNoDelay(true)
    if (head.length > 0) socket.unshift(head)
    socket.write(firstFrame(keyring, hello, receiverNonce))
    settle(socket)
  })
}

/** The receiver's nonce, if it has proven that it knows the secret. */
function provenNonce(response: IncomingMessage, keyring: Keyring, hello: Hello): string | null {
  const nonce = response.headers['x-nonce']
  const proven = response.headers['x-proof']
  if (typeof nonce !== 'string' || typeof proven !== 'string') return null
  const expected = proofOf('receiver', keyring.first, hello, nonce)
  return sameProof(Buffer.from(proven, 'hex'), expected) ? nonce : null
}

function firstFrame(keyring: Keyring, hello: Hello, receiverNonce: string): Uint8Array {
  const writer = new ByteWriter(64)
  const start = beginFrame(writer)
  writer.raw(proofOf('dialler', keyring.first, hello, receiverNonce))
  endFrame(writer, start)
  return writer.view(0)
}
