import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'

const PAGE = resolve(import.meta.dirname, '../../docs/interop.md')

const HEAD = `# Exchanges with what others wrote

Written by \`npm run test:long\` (project \`interop\`): every line is an exchange over HTTP that took
place, both programs running. A peer is installed by its own client when the tests run; one that
could not be had is said so, with the date.
`

/** One exchange and what came of it. */
export interface InteropRow {
  /** `us → them`, `them → us`. */
  readonly direction: string
  /** What was sent. */
  readonly message: string
  readonly receipt: string
  readonly isGood: boolean
  /** What is to be known about it. */
  readonly note?: string
}

/** The lines of one peer in docs/interop.md. */
export class InteropReport {
  readonly #title: string
  readonly #facts: string
  readonly #rows: InteropRow[] = []

  /** @param facts versions and what was changed, one sentence */
  constructor(title: string, facts: string) {
    this.#title = title
    this.#facts = facts
  }

  add(row: InteropRow): void {
    this.#rows.push(row)
  }

  /** Puts its section in the page; one that says the same keeps its date. */
  async write(): Promise<void> {
    const good = this.#rows.filter((row) => row.isGood).length
    const table = this.#rows.map(
      ({ direction, message, receipt, isGood, note = '' }) =>
        `| ${isGood ? '✓' : '✗'} | ${direction} | ${message} | ${receipt} | ${note} |`,
    )
    const body =
      this.#rows.length === 0
        ? [this.#facts]
        : [
            this.#facts,
            '',
            `${good} of ${this.#rows.length} as they should be.`,
            '',
            '| | direction | message | receipt | note |',
            '| --- | --- | --- | --- | --- |',
            ...table,
          ]
    const old = await readFile(PAGE, 'utf8').catch(() => HEAD)
    const sections = old.split(/^(?=## )/m)
    const index = sections.findIndex((text) => text.startsWith(`## ${this.#title}\n`))
    const text = body.join('\n')
    if (index !== -1 && sections[index]!.includes(`\n\n${text}\n`)) return
    const date = new Date().toISOString().slice(0, 10)
    const section = `## ${this.#title}\n\nRun on ${date}.\n\n${text}\n`
    const rest = sections.slice(1).filter((one) => !one.startsWith(`## ${this.#title}\n`))
    const all = [...rest, section].map((one) => one.trimEnd()).toSorted()
    await writeFile(PAGE, `${[HEAD.trimEnd(), ...all].join('\n\n')}\n`)
  }
}
