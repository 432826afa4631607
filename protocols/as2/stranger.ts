import type { ConnectionId } from '../../gateway/flow.ts'
import type { As2Policy } from '../../gateway/connections/as2-overrides.ts'
import type { Authenticate, PartnerConnection, ReceivedContent, StagedFile } from '../listener.ts'

/** Why no connection has the names of a message, for the operator. */
export type Stranger = Extract<ReturnType<Authenticate>, { readonly outcome: 'refused' }>

/** No connection has it. */
const NOBODY: ConnectionId = 'cnx_nobody'

/**
 * What stands in the place of the connection while a message under names that nobody has is read:
 * it is read and answered like one under a partner's names whose signature nobody registered, so
 * that answers do not say which names there are (decisions E6, docs/adr/0015).
 */
export function strangerConnection(
  partnerId: string,
  ownId: string,
  policy: As2Policy,
): PartnerConnection {
  return {
    id: NOBODY,
    applicationCode: '',
    protocol: 'as2',
    as2: { partnerId, ownId, url: '', policy },
  }
}

/** Takes the payload of a stranger and keeps nothing: no file is made for whom nobody knows. */
export class UnkeptFile implements StagedFile {
  readonly id = 'stg_none'
  readonly bytes = 0

  async write(): Promise<void> {}

  async read(): Promise<Buffer> {
    return Buffer.alloc(0)
  }

  async truncate(): Promise<void> {}

  async sync(): Promise<void> {}

  flush(): void {}

  async mark(): Promise<void> {}

  async marks(): Promise<Buffer> {
    return Buffer.alloc(0)
  }

  seal(): Promise<ReceivedContent> {
    throw new Error('A message of a stranger is never taken')
  }

  async keep(): Promise<void> {}

  async drop(): Promise<void> {}

  async unseal(): Promise<void> {}
}
