import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { basename } from 'node:path'

/** A tenth of the weight of an ordinary thread where both want one processor (nice 10). */
const BACKGROUND = 10

/**
 * Has the calling thread give way to those that serve the network. Threads have a priority of
 * their own on Linux alone; elsewhere, or where it is forbidden, nothing changes.
 */
export function giveWay(): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), BACKGROUND)
  } catch {
    // No /proc, or a sandbox: slower under load, nothing else.
  }
}
