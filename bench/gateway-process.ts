// A gateway that also answers questions about its own process, which no command of the product
// does: started by the benches with the settings in its environment.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { loadConfig } from '../config/load.ts'
import { startGateway } from '../gateway/main.ts'
import type { EventLoopDelay, GatewayQuestion } from './gateway-questions.ts'

/** How often the loop is looked at, in milliseconds; the histogram counts it in. */
const RESOLUTION = 5
const NANOSECONDS = 1e6

const gateway = await startGateway(loadConfig({ environment: process.env }))
const delay = monitorEventLoopDelay({ resolution: RESOLUTION })

process.on('SIGTERM', () => {
  gateway.stop().then(
    () => process.exit(0),
    () => process.exit(1),
  )
})
process.on('message', (question: GatewayQuestion) => {
  if (question === 'watch the event loop') {
    delay.reset()
    delay.enable()
    process.send?.({})
  } else {
    delay.disable()
    process.send?.(measured())
  }
})

function measured(): EventLoopDelay {
  const milliseconds = (nanoseconds: number) => Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION)
  return {
    p50: milliseconds(delay.percentile(50)),
    p99: milliseconds(delay.percentile(99)),
    max: milliseconds(delay.max),
  }
}
