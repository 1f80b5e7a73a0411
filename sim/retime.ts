/** What a change of a clock's pace means for the timers that were set by that clock. */
import { kindOf } from './kind.js'
import type { Process } from './process.js'
import type { EventQueue } from './queue.js'

/** Changes the pace of a process's clocks: its timers fire when its own clock says so. */
export function retime(
  { process, queue, nowMicros }: { process: Process; queue: EventQueue; nowMicros: number },
  change: () => void,
): void {
  const armed = process.timers.values().map((event) => {
    const [timer, monoMicros] = [event.payload as number, process.clock.monoMicros(event.atMicros)]
    queue.cancel(event)
    return { timer, monoMicros }
  })
  change()
  for (const { timer, monoMicros } of armed) {
    const atMicros = Math.max(nowMicros, process.clock.simAtMono(monoMicros))
    process.timers.set(timer, queue.schedule(atMicros, kindOf.timer, process.index, timer))
  }
}
