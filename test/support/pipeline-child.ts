import { setTimeout as sleep } from 'node:timers/promises'
import { openPipelinePlace } from './pipeline-place.ts'

/**
 * A process that runs the pipeline of a place until it is killed.
 * Arguments: folder, settings as JSON, `plain` for stand-in invoices, else real ones. Says `open`
 * once it takes jobs. A line on its input: it ends when every flow is finished, and says its peak
 * memory in MiB.
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
process.stdin.once('data', () => {
  void everyFlowFinished().then(async () => {
    clearInterval(watch)
    process.stdout.write(`${Math.round(peakBytes / 1024 / 1024)}\n`)
    await place.close()
    process.exit(0)
  })
})

async function everyFlowFinished(): Promise<void> {
  const { db } = place.journal
  const open = db.selectFrom('flows').select('id').where('finished_at', 'is', null).limit(1)
  while ((await place.journal.read(open)).length > 0) await sleep(20)
}
