import { setTimeout as sleep } from 'node:timers/promises'
import type { SftpAddress } from '../partner-address.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { openMailbox } from './partner-mailbox.ts'
import type { OpenTransport } from './partner-transport.ts'

const POLL_MILLISECONDS = 250

/** Deposits into the box and fetches reports from the other one. */
export const openSftpTransport: OpenTransport<SftpAddress> = async (partner, { signal }) => {
  const mailbox = await openMailbox(partner, signal)
  return {
    put: (flow) => mailbox.put(flow),
    async receive(baseName, until) {
      while (!until.aborted) {
        const fileName = (await mailbox.list()).find((one) => one.startsWith(baseName))
        if (fileName !== undefined) return { fileName, content: await mailbox.fetch(fileName) }
        await sleep(POLL_MILLISECONDS, undefined, { signal: until }).catch(() => {})
      }
      return undefined
    },
    async fetchAgain(fileName) {
      try {
        return { fileName, content: await mailbox.fetch(fileName) }
      } catch (error) {
        if (error instanceof CommandFailure && error.exitCode === EXIT.refused) return undefined
        throw error
      }
    },
    close: () => mailbox.close(),
  }
}
