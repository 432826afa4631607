import type { MadeFlow } from './made-flow.ts'

/** A flow that is refused at the door, by the way of the step `refused`. */
export function misdone(made: MadeFlow, how: string, earlier: MadeFlow | undefined): MadeFlow {
  const { fileName, content } = made
  switch (how) {
    case 'identifier-taken':
      return { fileName: earlier?.fileName ?? fileName, content }
    case 'content-cut':
      return { fileName, content: content.subarray(0, Math.floor(content.length / 2)) }
    case 'other-application-code':
      return { fileName: fileName.replaceAll(/_[A-Z0-9]{6}/g, '_QUA999'), content }
    case 'report-direction':
      return { fileName: `C${fileName.slice(1)}`, content }
    default:
      return { fileName: fileName.toLowerCase(), content }
  }
}
