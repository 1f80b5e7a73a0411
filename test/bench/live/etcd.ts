/**
 * Three etcd on loopback, where there is a program of that name: a real store beside ours, asked
 * over its HTTP gateway. With its own defaults: every put is on the disks of a majority.
 */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { freePorts } from '../../../net/cluster/ports.js'
import type { System } from './system.js'
import { numbers, ready, start } from './system.js'

/** Null: it is not on the PATH. */
export function findEtcd(path = process.env['PATH'] ?? ''): string | null {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, 'etcd')
    try {
      accessSync(file, constants.X_OK)
      return file
    } catch {
      continue
    }
  }
  return null
}

export async function startEtcd(program: string, folder: string): Promise<System> {
  const free = await freePorts(2 * numbers.length)
  const members = numbers.map((index) => ({
    name: `e${String(index)}`,
    port: free[index] as number,
    peer: urlOf(free[numbers.length + index] as number),
  }))
  const cluster = members.map(({ name, peer }) => `${name}=${peer}`).join(',')
  const children = members.map(({ name, port, peer }) => {
    const words = [
      ...['--name', name, '--data-dir', join(folder, name)],
      ...['--listen-client-urls', urlOf(port), '--advertise-client-urls', urlOf(port)],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
      ...['--initial-cluster', cluster, '--initial-cluster-state', 'new'],
      ...['--logger', 'zap', '--log-level', 'error'],
    ]
    return start(program, words, join(folder, `${name}.txt`))
  })
  const ports = members.map(({ port }) => port)
  return ready({ name: 'etcd', ports, children }, '/health')
}

const urlOf = (port: number): string => `http://127.0.0.1:${String(port)}`
