/** Waits so long, or until the signal says that nobody waits any more. */
export function pause(millis: number, signal: AbortSignal | null): Promise<void> {
  return new Promise((done) => {
    if (signal?.aborted === true) {
      done()
      return
    }
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      done()
    }
    const timer = setTimeout(end, millis)
    signal?.addEventListener('abort', end)
  })
}
