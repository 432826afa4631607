import type { TranscriptWriter } from '../transcript.ts'
import { SFTP_VERSION } from './packet-types.ts'
import type { Reply } from './replies.ts'
import type { RequestBody } from './requests.ts'

/**
 * Writes what crosses an SFTP session into its transcript. READ and WRITE are not written one by
 * one: their handle sums them up when it ends.
 */
export class Transcript {
  readonly #writer: TranscriptWriter

  constructor(writer: TranscriptWriter) {
    this.#writer = writer
  }

  begin(clientVersion: number): void {
    this.#record('in', 'INIT', `version ${clientVersion}`)
    this.#record('out', 'VERSION', `version ${SFTP_VERSION}`)
  }

  request(id: number, request: RequestBody): void {
    if (request.name === 'READ' || request.name === 'READDIR') return
    this.#record('in', request.name, `${id} ${describeRequest(request)}`)
  }

  reply(id: number, reply: Reply): void {
    this.#record('out', reply.type, `${id} ${describeReply(reply)}`)
  }

  #record(direction: 'in' | 'out', name: string, summary: string): void {
    this.#writer.record({ direction, layer: 'sftp', name, summary: summary.trimEnd() })
  }
}

function describeRequest(request: RequestBody): string {
  switch (request.name) {
    case 'OPEN':
      return `${text(request.path)} flags ${request.flags}`
    case 'CLOSE':
    case 'FSTAT':
    case 'READDIR':
    case 'READ':
      return `handle ${request.handle.toString('hex')}`
    case 'FSETSTAT':
      return `handle ${request.handle.toString('hex')} ${JSON.stringify(request.attributes)}`
    case 'SETSTAT':
      return `${text(request.path)} ${JSON.stringify(request.attributes)}`
    case 'RENAME':
      return `${text(request.from)} ${text(request.to)}`
    case 'EXTENDED':
      return request.extension
    case 'UNKNOWN':
      return `type ${request.type}`
    case 'SYMLINK':
      return ''
    case 'LSTAT':
    case 'STAT':
    case 'OPENDIR':
    case 'REMOVE':
    case 'MKDIR':
    case 'RMDIR':
    case 'REALPATH':
    case 'READLINK':
      return text(request.path)
  }
}

function describeReply(reply: Reply): string {
  switch (reply.type) {
    case 'STATUS':
      return `${reply.status} ${reply.message}`
    case 'HANDLE':
      return reply.handle.toString(16).padStart(8, '0')
    case 'NAME':
      return `${reply.entries.length} names`
    case 'ATTRS':
      return reply.attributes.size === undefined ? '' : `${reply.attributes.size} bytes`
    case 'EXTENDED_REPLY':
      return `${reply.body.length} bytes`
  }
}

/** A path as it came; quoted, so that nothing in it is taken for ours. */
function text(path: Buffer): string {
  return JSON.stringify(path.toString('utf8'))
}
