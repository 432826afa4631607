import { setTimeout as sleep } from 'node:timers/promises'
import { openPipelinePlace } from './pipeline-place.ts'

/**
 * A process that runs the pipeline of a place until it is killed.
 * Arguments: folder, settings as JSON, `plain` for stand-in invoices, else real ones. Says `open`
 * once it takes jobs, then the number of finished flows whenever it has changed. A line on its
 * input: it ends when every flow is finished, and says its peak memory and how many
 * processors it kept busy, as `800 MiB, 1.50 cores`.
 */
const [folder = '', settings = '{}', kind = 'plain'] = process.argv.slice(2)
const place = await openPipelinePlace({
  folder,
  settings: JSON.parse(settings) as Record<string, unknown>,
  isPlain: kind === 'plain',
})
await place.pipeline.start()
let peakBytes = 0
const watch = setInterval(() => {
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss())
}, 20)
process.stdout.write('open\n')
let isLast = false
process.stdin.once('data', () => {
  isLast = true
})
await sayProgress()
clearInterval(watch)
const { user, system } = process.cpuUsage()
const cores = (user + system) / 1e6 / process.uptime()
process.stdout.write(`${Math.round(peakBytes / 1024 / 1024)} MiB, ${cores.toFixed(2)} cores\n`)
await place.close()
process.exit(0)

async function sayProgress(): Promise<void> {
  const { db } = place.journal
  const progress = db
    .selectFrom('flows')
    .select(({ fn }) => [
      fn.countAll<number>().as('all'),
      fn.count<number>('finished_at').as('done'),
    ])
  let said = 0
  for (;;) {
    const [count] = await place.journal.read(progress)
    if (count!.done !== said) process.stdout.write(`${count!.done}\n`)
    said = count!.done
    if (isLast && said === count!.all) return
    await sleep(5)
  }
}
