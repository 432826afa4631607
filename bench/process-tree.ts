import { readFileSync, readdirSync, writeFileSync } from 'node:fs'

/** Linux's USER_HZ: the unit of the times in /proc/PID/stat, the same on every architecture. */
const TICKS_PER_SECOND = 100

interface ProcessLine {
  readonly parent: number
  /** User and system time of the process and of its children that were waited for. */
  readonly cpuSeconds: number
}

/**
 * CPU time of a process, its living descendants and its finished children, in seconds. What a
 * descendant used is not lost when it ends: its parent's own line takes it over.
 */
export function treeCpuSeconds(root: number): number {
  return tree(root).reduce((sum, pid) => sum + (processLine(pid)?.cpuSeconds ?? 0), 0)
}

/** Resident memory of a process and its living descendants, in bytes; shared pages count in each. */
export function treeRssBytes(root: number): number {
  return tree(root).reduce((sum, pid) => sum + statusBytes(pid, 'VmRSS'), 0)
}

/** Living processes of the tree, the root included. */
export function tree(root: number): number[] {
  const children = Map.groupBy(allProcesses(), ([, line]) => line.parent)
  const found = [root]
  for (const pid of found) for (const [child] of children.get(pid) ?? []) found.push(child)
  return found
}

export function rssBytes(pid: number): number {
  return statusBytes(pid, 'VmRSS')
}

/** Highest resident memory since `resetPeakRss`, in bytes. */
export function peakRssBytes(pid: number): number {
  return statusBytes(pid, 'VmHWM')
}

export function resetPeakRss(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

function* allProcesses(): Generator<readonly [pid: number, line: ProcessLine]> {
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    const line = Number.isInteger(pid) ? processLine(pid) : undefined
    if (line !== undefined) yield [pid, line]
  }
}

/** Undefined when it has ended meanwhile. @see proc(5), /proc/pid/stat */
function processLine(pid: number): ProcessLine | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // Fields after the command's name, which may hold anything: state is the first, field 3.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const field = (number: number) => Number(fields[number - 3])
    const ticks = field(14) + field(15) + field(16) + field(17)
    return { parent: field(4), cpuSeconds: ticks / TICKS_PER_SECOND }
  } catch {
    return undefined
  }
}

function statusBytes(pid: number, name: string): number {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'latin1')
    const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)
    return Number(match?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}
