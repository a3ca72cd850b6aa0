import { addBounded, distinctLimit, type FeatureGroup, share } from "./feature-group.ts";

/** Where the client's addresses belong to, from the operator's own database. */
export const originFeatures = {
  descriptions: {
    country_known_ratio: {
      label: "Share with a known country",
      unit: "1",
      range: [0, 1],
      availability: "country database",
      meaning: "Requests whose client address the operator's database places in a country",
    },
    n_countries: {
      label: "Countries",
      unit: "countries",
      range: [1, distinctLimit],
      availability: "country database",
      meaning: "Different countries of the client addresses: one for a person, several for proxies and stolen sessions",
    },
    country_changes: {
      label: "Changes of country",
      unit: "changes",
      range: [0, null],
      availability: "country database",
      meaning: "How often a request came from another country than the one before it",
    },
    n_networks: {
      label: "Networks",
      unit: "networks",
      range: [1, distinctLimit],
      availability: "network database",
      meaning: "Different autonomous systems of the client addresses",
    },
  },
  create() {
    const countries = new Set<string>();
    const networks = new Set<number>();
    let asked = 0;
    let known = 0;
    let changes = 0;
    let last: string | null = null;
    return {
      add({ client }) {
        if (client === null || client.addressClass === null) return;
        if (client.network !== null && networks.size < distinctLimit) networks.add(client.network);
        if (!client.countries) return;
        asked++;
        const { country } = client;
        if (country === null) return;
        known++;
        addBounded(countries, country);
        if (last !== null && last !== country) changes++;
        last = country;
      },
      finish() {
        return {
          country_known_ratio: share(known, asked),
          n_countries: known === 0 ? Number.NaN : countries.size,
          country_changes: known === 0 ? Number.NaN : changes,
          n_networks: networks.size === 0 ? Number.NaN : networks.size,
        };
      },
    };
  },
} satisfies FeatureGroup<string>;
