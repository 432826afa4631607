import { describe, expect, test } from 'vitest'
import { loadCampaigns } from './campaign-catalogue.ts'
import { loadCatalogue } from './catalogue.ts'

/** In no standard campaign, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  volume: 'takes long by its default, and a campaign gives no inputs',
}

describe('the campaigns that are shipped', () => {
  const scenarios = loadCatalogue()
  const campaigns = loadCampaigns(scenarios)

  test('ask everything of each protocol that there is a scenario for, but what is left out for a reason', () => {
    const missing = scenarios
      .filter(({ id }) => !Object.hasOwn(LEFT_OUT, id))
      .flatMap(({ id, protocols }) =>
        protocols
          .map((protocol) => `${protocol}-standard`)
          .filter((name) => !campaigns.find((one) => one.id === name)?.scenarios.includes(id))
          .map((name) => `${name}: ${id}`),
      )
    expect(missing).toEqual([])
    const known = scenarios.map(({ id }) => id)
    expect(known).toEqual(expect.arrayContaining(Object.keys(LEFT_OUT)))
  })

  test('ask of a connection only what is of its protocol, and what is alone last', () => {
    for (const { id, protocols, scenarios: asked } of campaigns) {
      const documents = asked.map((name) => scenarios.find((one) => one.id === name)!)
      for (const one of documents)
        expect(one.protocols, id).toEqual(expect.arrayContaining([...protocols]))
      const alone = documents.map(({ isAlone }) => isAlone)
      expect(alone, id).toEqual(alone.toSorted((one, other) => Number(one) - Number(other)))
    }
  })
})
