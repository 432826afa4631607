import { closeFile, openFile, syncFile } from './durable-files.ts'

/**
 * Makes the names in one folder durable. A sync that has not started yet serves everybody who
 * asks meanwhile; one already running does not (it may have missed the newest name).
 */
export class FolderSync {
  readonly #folder: string
  #descriptor: number | undefined
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(folder: string) {
    this.#folder = folder
  }

  sync(): Promise<void> {
    if (this.#running === undefined) return this.#start()
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    )
    return this.#next
  }

  async close(): Promise<void> {
    await this.#running?.catch(() => {}) // told to whoever asked for it
    if (this.#descriptor !== undefined) await closeFile(this.#descriptor)
    this.#descriptor = undefined
  }

  #start(): Promise<void> {
    this.#next = undefined
    const running = this.#run().finally(() => {
      if (this.#running === running) this.#running = undefined
    })
    this.#running = running
    return running
  }

  async #run(): Promise<void> {
    this.#descriptor ??= await openFile(this.#folder, 'r')
    await syncFile(this.#descriptor)
  }
}
