import { NotReady, type HealthCheck } from './readiness.ts'

/**
 * What a command still makes once the gateway listens, before it says that it is ready: partners
 * that are registered at the start. A script that waits for `raccord ready` may send at once.
 */
export class Preparation {
  #isOver = false

  get check(): HealthCheck {
    return {
      name: 'partners',
      check: async () => {
        if (!this.#isOver) throw new NotReady('being registered')
        return 'registered'
      },
    }
  }

  over(): void {
    this.#isOver = true
  }
}
