/** Host names of peers, looked up now and then instead of once a packet. */
import { lookup } from 'node:dns'
import { isIP } from 'node:net'

type Found = (error: NodeJS.ErrnoException | null, address: string, family: number) => void

const freshMillis = 30_000

export function cachedLookup(): (host: string, options: object, found: Found) => void {
  const known = new Map<string, { address: string; family: number; atMillis: number }>()
  return (host, options, found) => {
    const family = isIP(host)
    if (family !== 0) {
      found(null, host, family)
      return
    }
    const before = known.get(host)
    if (before !== undefined && performance.now() - before.atMillis < freshMillis) {
      found(null, before.address, before.family)
      return
    }
    lookup(host, { ...options, all: false }, (error, address, ofFamily) => {
      if (error === null) {
        known.set(host, { address, family: ofFamily, atMillis: performance.now() })
      }
      found(error, address, ofFamily)
    })
  }
}
