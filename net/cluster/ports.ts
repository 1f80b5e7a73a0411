/** Ports for a local cluster that nobody asked for by number. */
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { linkPortOf } from '../config/place.js'

/**
 * Below what systems give to outgoing connections (Linux from 32,768, others from 49,152): there, a
 * port that was free a moment ago may be the near end of somebody's connection by now.
 */
const first = 10_000
const width = 20_000
const mostTries = 100

/** Ports that were free a moment ago, one above the other, as are their links' ports. */
export async function freeBasePort(nodes: number): Promise<number> {
  for (let tries = 0; tries < mostTries; tries++) {
    const base = somePort()
    const ports = Array.from({ length: nodes }, (_, index) => base + index)
    if (await areFree([...ports, ...ports.map(linkPortOf)])) return base
  }
  throw new Error('no free ports found')
}

/** That many different ones, free a moment ago for TCP and for UDP. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found = new Set<number>()
  for (let tries = 0; found.size < count && tries < mostTries + count; tries++) {
    const port = somePort()
    if (await areFree([port])) found.add(port)
  }
  if (found.size < count) throw new Error('no free ports found')
  return [...found]
}

const somePort = (): number => first + Math.floor(Math.random() * width)

async function areFree(ports: readonly number[]): Promise<boolean> {
  const free = await Promise.all(ports.flatMap((port) => [isFree(port), isFreeForPackets(port)]))
  return free.every((each) => each)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer()
    server.once('error', () => done(false))
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)))
  })
}

function isFreeForPackets(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = createSocket('udp4')
    socket.once('error', () => {
      socket.close()
      done(false)
    })
    socket.bind(port, '127.0.0.1', () => socket.close(() => done(true)))
  })
}
