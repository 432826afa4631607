import { CATEGORIES, type VatCategory } from './vat-category.ts'

/** How often each VAT category is used in each of several ways. */
export class CategoryCounts<Use extends number> {
  readonly #counts: Int32Array

  constructor(uses: number) {
    this.#counts = new Int32Array(uses * STRIDE)
  }

  add(use: Use, category: VatCategory): void {
    const at = use * STRIDE
    this.#counts[at + category]! += 1
    this.#counts[at + CATEGORIES]! += 1
  }

  of(use: Use, category: VatCategory): number {
    return this.#counts[use * STRIDE + category]!
  }

  /** By any other category, or by none. */
  ofOthers(use: Use, category: VatCategory): number {
    return this.#counts[use * STRIDE + CATEGORIES]! - this.of(use, category)
  }
}

const STRIDE = CATEGORIES + 1
