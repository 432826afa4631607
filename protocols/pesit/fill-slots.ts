import type { ReadableContent } from '../listener.ts'

/** Reads a content from `position` until every slot is full. @throws Error when it is too short */
export async function fillSlots(
  content: ReadableContent,
  slots: readonly Buffer[],
  position: number,
): Promise<void> {
  let left = slots
  let at = position
  while (left.length > 0) {
    let taken = await content.read(left, at)
    if (taken === 0) throw new Error(`the content ends at byte ${at}`)
    at += taken
    let whole = 0
    while (whole < left.length && taken >= (left[whole]?.length ?? 0)) {
      taken -= left[whole]?.length ?? 0
      whole += 1
    }
    const [cut, ...rest] = left.slice(whole)
    left = cut === undefined ? [] : [cut.subarray(taken), ...rest]
  }
}
