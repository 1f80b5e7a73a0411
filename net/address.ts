/** Where something listens. */
export interface Address {
  readonly host: string
  readonly port: number
}

export const formatAddress = ({ host, port }: Address): string =>
  host.includes(':') ? `[${host}]:${String(port)}` : `${host}:${String(port)}`
/** `host:port` or `[v6]:port`; null: neither. */
export function parseAddress(text: string): Address | null {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9_.-]+)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65_535) return null
  return { host: (match[1] ?? match[2]) as string, port }
}

/** Whether only this machine can reach it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
}
