// Made by `npm run generate` from the same routes as /openapi.json: what programs on the external listener may call.

export interface Operations {
  /**
   * Analyse an evidence package; the worst session's verdict and all of them. Role: analyst.
   */
  "POST /api/v1/sentinel/analyze": {
    body: {
      evidence: {
        har?: {
          [k: string]: unknown;
        };
        requests?: {
          method: string;
          url: string;
          http_version?: string;
          headers?:
            | {
                [k: string]: string;
              }
            | [string, string][];
          body?: string;
          client_address?: string;
          started_at?: string;
          duration_ms?: number;
          response?: {
            status: number;
            headers?:
              | {
                  [k: string]: string;
                }
              | [string, string][];
            body?: string;
            size?: number;
            [k: string]: unknown;
          };
          [k: string]: unknown;
        }[];
        metadata?: {
          [k: string]: unknown;
        };
        sha256: string;
        signature?: {
          alg: "ed25519" | "hmac-sha256";
          key_id: string;
          value: string;
        };
      };
    };
    reply: {
      verdict: {
        verdict_id: string;
        session: string;
        verdict: "simulate" | "tag" | "benign";
        final_score: number;
        payload_score: number;
        behavioral_score: number;
        class: "sql_injection" | "xss" | "command_injection" | "path_traversal" | "xxe" | "csrf" | "benign";
        family: string | null;
        outcome: "succeeded" | "likely_succeeded" | "unclear" | "likely_failed" | "not_available";
        requests: number;
        payload_predictions: {
          request: number;
          place:
            | "query"
            | "query_name"
            | "path_segment"
            | "form"
            | "json"
            | "xml"
            | "multipart"
            | "file_name"
            | "cookie"
            | "header"
            | "body";
          name: string;
          span: {
            start: number;
            end: number;
          };
          text: string;
          canonical: string;
          decodings: string[];
          prediction: {
            class: "sql_injection" | "xss" | "command_injection" | "path_traversal" | "xxe" | "csrf" | "benign";
            confidence: number;
            probabilities: {
              [k: string]: number;
            };
            family?: string;
            ids?: {
              capec: number[];
              cwe: number[];
              attack: string[];
            };
            spans?: {
              start: number;
              end: number;
              weight: number;
            }[];
            set?: ("sql_injection" | "xss" | "command_injection" | "path_traversal" | "xxe" | "csrf" | "benign")[];
            truncated?: boolean;
            tier?: "model" | "rules";
            degraded?: true;
            model_hash?: string;
          };
          outcome: "succeeded" | "likely_succeeded" | "unclear" | "likely_failed" | "not_available";
          outcome_reason: string;
          repeats?: {
            request: number;
            outcome: "succeeded" | "likely_succeeded" | "unclear" | "likely_failed" | "not_available";
            outcome_reason: string;
          }[];
        }[];
        features: {
          name: string;
          value: number | null;
        }[];
        explain: {
          narrative: string;
          top_features: {
            feature: string;
            value: number | null;
            contribution: number;
          }[];
          shap_summary: {
            base_value: number;
            values: {
              feature: string;
              value: number | null;
              contribution: number;
            }[];
            calibration?: {
              feature: string;
              contribution: number;
            };
          };
        };
        provenance: {
          model_hash: string;
          anomaly_hash: string;
          config_hash: string;
          enrichment_hash: string;
          extractor_version: string;
          evidence_sha256: string;
          weights: {
            payload: number;
            behavior: number;
          };
          thresholds: {
            tag: number;
            simulate: number;
          };
          class_set_error_rate?: number;
          withheld?: string[];
        };
        extent?: {
          payloads_found: number;
          values_cut: number;
          requests_crowded: number;
          bodies_cut: number;
          bytes_missing: number;
        };
      };
      verdicts: {
        verdict_id: string;
        session: string;
        verdict: "simulate" | "tag" | "benign";
        final_score: number;
        payload_score: number;
        behavioral_score: number;
        class: "sql_injection" | "xss" | "command_injection" | "path_traversal" | "xxe" | "csrf" | "benign";
        family: string | null;
        outcome: "succeeded" | "likely_succeeded" | "unclear" | "likely_failed" | "not_available";
        requests: number;
        payload_predictions: {
          request: number;
          place:
            | "query"
            | "query_name"
            | "path_segment"
            | "form"
            | "json"
            | "xml"
            | "multipart"
            | "file_name"
            | "cookie"
            | "header"
            | "body";
          name: string;
          span: {
            start: number;
            end: number;
          };
          text: string;
          canonical: string;
          decodings: string[];
          prediction: {
            class: "sql_injection" | "xss" | "command_injection" | "path_traversal" | "xxe" | "csrf" | "benign";
            confidence: number;
            probabilities: {
              [k: string]: number;
            };
            family?: string;
            ids?: {
              capec: number[];
              cwe: number[];
              attack: string[];
            };
            spans?: {
              start: number;
              end: number;
              weight: number;
            }[];
            set?: ("sql_injection" | "xss" | "command_injection" | "path_traversal" | "xxe" | "csrf" | "benign")[];
            truncated?: boolean;
            tier?: "model" | "rules";
            degraded?: true;
            model_hash?: string;
          };
          outcome: "succeeded" | "likely_succeeded" | "unclear" | "likely_failed" | "not_available";
          outcome_reason: string;
          repeats?: {
            request: number;
            outcome: "succeeded" | "likely_succeeded" | "unclear" | "likely_failed" | "not_available";
            outcome_reason: string;
          }[];
        }[];
        features: {
          name: string;
          value: number | null;
        }[];
        explain: {
          narrative: string;
          top_features: {
            feature: string;
            value: number | null;
            contribution: number;
          }[];
          shap_summary: {
            base_value: number;
            values: {
              feature: string;
              value: number | null;
              contribution: number;
            }[];
            calibration?: {
              feature: string;
              contribution: number;
            };
          };
        };
        provenance: {
          model_hash: string;
          anomaly_hash: string;
          config_hash: string;
          enrichment_hash: string;
          extractor_version: string;
          evidence_sha256: string;
          weights: {
            payload: number;
            behavior: number;
          };
          thresholds: {
            tag: number;
            simulate: number;
          };
          class_set_error_rate?: number;
          withheld?: string[];
        };
        extent?: {
          payloads_found: number;
          values_cut: number;
          requests_crowded: number;
          bodies_cut: number;
          bytes_missing: number;
        };
      }[];
      problems: {
        code: string;
        place: string;
        message: string;
      }[];
      problem_count: number;
    };
  };
  /**
   * Class and calibrated confidence of one payload or a list. Role: viewer.
   */
  "POST /api/v1/sentinel/predict-payload": {
    body:
      | {
          payload: string;
        }
      | {
          /**
           * @maxItems 10000
           */
          payloads: string[];
        };
    reply:
      | {
          class: "sql_injection" | "xss" | "command_injection" | "path_traversal" | "xxe" | "csrf" | "benign";
          confidence: number;
          probabilities: {
            [k: string]: number;
          };
          family?: string;
          ids?: {
            capec: number[];
            cwe: number[];
            attack: string[];
          };
          spans?: {
            start: number;
            end: number;
            weight: number;
          }[];
          set?: ("sql_injection" | "xss" | "command_injection" | "path_traversal" | "xxe" | "csrf" | "benign")[];
          truncated?: boolean;
          tier?: "model" | "rules";
          degraded?: true;
          model_hash?: string;
        }
      | {
          class: "sql_injection" | "xss" | "command_injection" | "path_traversal" | "xxe" | "csrf" | "benign";
          confidence: number;
          probabilities: {
            [k: string]: number;
          };
          family?: string;
          ids?: {
            capec: number[];
            cwe: number[];
            attack: string[];
          };
          spans?: {
            start: number;
            end: number;
            weight: number;
          }[];
          set?: ("sql_injection" | "xss" | "command_injection" | "path_traversal" | "xxe" | "csrf" | "benign")[];
          truncated?: boolean;
          tier?: "model" | "rules";
          degraded?: true;
          model_hash?: string;
        }[];
  };
  /**
   * Why a verdict is what it is, or why a session was not flagged. Role: viewer.
   */
  "POST /api/v1/sentinel/explain": {
    body:
      | {
          verdict_id: string;
        }
      | {
          evidence: {
            har?: {
              [k: string]: unknown;
            };
            requests?: {
              method: string;
              url: string;
              http_version?: string;
              headers?:
                | {
                    [k: string]: string;
                  }
                | [string, string][];
              body?: string;
              client_address?: string;
              started_at?: string;
              duration_ms?: number;
              response?: {
                status: number;
                headers?:
                  | {
                      [k: string]: string;
                    }
                  | [string, string][];
                body?: string;
                size?: number;
                [k: string]: unknown;
              };
              [k: string]: unknown;
            }[];
            metadata?: {
              [k: string]: unknown;
            };
            sha256: string;
            signature?: {
              alg: "ed25519" | "hmac-sha256";
              key_id: string;
              value: string;
            };
          };
        };
    reply: {
      narrative: string;
      top_features: {
        feature: string;
        value: number | null;
        contribution: number;
      }[];
      shap_summary: {
        base_value: number;
        values: {
          feature: string;
          value: number | null;
          contribution: number;
        }[];
        calibration?: {
          feature: string;
          contribution: number;
        };
      };
    };
  };
  /**
   * How the payload model is served: latency, cache, circuit breaker, canary. Role: viewer.
   */
  "GET /api/v1/sentinel/model-server/health": {
    reply: {
      status: "healthy" | "degraded";
      tier: "model" | "rules";
      model: {
        kind: "built-in" | "classic" | "onnx";
        hash: string;
        provider: string;
        passed_over: string | null;
        problem: string | null;
      };
      latency: {
        count: number;
        p50_ms: number | null;
        p95_ms: number | null;
        p99_ms: number | null;
        cached_count: number;
        cached_p50_ms: number | null;
        cached_p95_ms: number | null;
      };
      cache: {
        capacity: number;
        ttl_seconds: number;
        hits: number;
        misses: number;
        hit_rate: number | null;
      };
      breaker: {
        state: "closed" | "half_open" | "open";
        errors: number;
        calls: number;
        retry_in_ms: number;
        opened: number;
        threshold: number;
        failures_total: number;
        degraded_total: number;
      };
      canary: {
        challenger: string | null;
        percent: number;
      };
    };
  };
  /**
   * Train a payload model on a dataset version, judge it by the gates and register it; progress is the job's. Role: analyst.
   */
  "POST /api/v1/sentinel/train/payload-classifier": {
    body: {
      dataset_version?: string | null;
      seed?: string | number;
      start?: "champion" | "scratch";
    };
    reply: {
      job_id: string;
    };
  };
  /**
   * Payload models that are known, newest first, with metrics, lineage, gates and aliases. Role: viewer.
   */
  "GET /api/v1/sentinel/models": {
    parameters?: {
      limit?: number;
    };
    reply: {
      models: {
        metadata: {
          id: string;
          kind: "built-in" | "classic" | "onnx";
          origin: "shipped" | "trained" | "folder" | "combined";
          created_at: string | null;
          created_by: string;
          node_id: string;
          product: string;
          parent: string | null;
          dataset_version: string | null;
          size_bytes: number;
          training: {
            seed: string;
            fitted: number;
            validated: number;
            left_out: {
              contradiction: number;
              csrf: number;
              empty: number;
            };
            calibrated_on: "validation" | "out-of-fold" | "start" | "nothing";
            classes_without_threshold: string[];
            cross_validation: {
              rows: number;
              attacks: number;
              benign: number;
              precision: {
                value: number | null;
                low: number;
                high: number;
              };
              recall: {
                value: number | null;
                low: number;
                high: number;
              };
              fpr: {
                value: number | null;
                low: number;
                high: number;
              };
              f1: {
                value: number | null;
                low: number;
                high: number;
              };
              calibration_error: {
                value: number | null;
                low: number;
                high: number;
              };
              classes: {
                class: "sql_injection" | "xss" | "command_injection" | "path_traversal" | "xxe" | "csrf" | "benign";
                rows: number;
                recall: {
                  value: number | null;
                  low: number;
                  high: number;
                };
                precision: {
                  value: number | null;
                  low: number;
                  high: number;
                };
              }[];
              confusion: number[][];
              reliability: {
                confidence: number;
                right: {
                  value: number | null;
                  low: number;
                  high: number;
                };
                rows: number;
              }[];
              curve: {
                threshold: number;
                precision: number;
                recall: number;
              }[];
            };
            doubted?: number;
            curve: {
              fold: number | null;
              folds: number;
              epoch: number;
              epochs: number;
              loss: number;
              validation_f1: number | null;
              done: number;
              total: number;
            }[];
            seconds: number;
          } | null;
          federated?: {
            round: number;
            method: "geometric median";
            norm: number;
            updates: {
              id: string;
              key: string;
              epsilon: number;
              delta: number;
              groups: number;
              share: number;
            }[];
          };
        };
        signature: {
          key: string;
          value: string;
        } | null;
        aliases: ("champion" | "challenger")[];
        evaluation: {
          dataset_version: string;
          champion: string;
          at: string;
          figures: {
            rows: number;
            attacks: number;
            benign: number;
            precision: {
              value: number | null;
              low: number;
              high: number;
            };
            recall: {
              value: number | null;
              low: number;
              high: number;
            };
            fpr: {
              value: number | null;
              low: number;
              high: number;
            };
            f1: {
              value: number | null;
              low: number;
              high: number;
            };
            calibration_error: {
              value: number | null;
              low: number;
              high: number;
            };
            classes: {
              class: "sql_injection" | "xss" | "command_injection" | "path_traversal" | "xxe" | "csrf" | "benign";
              rows: number;
              recall: {
                value: number | null;
                low: number;
                high: number;
              };
              precision: {
                value: number | null;
                low: number;
                high: number;
              };
            }[];
            confusion: number[][];
            reliability: {
              confidence: number;
              right: {
                value: number | null;
                low: number;
                high: number;
              };
              rows: number;
            }[];
            curve: {
              threshold: number;
              precision: number;
              recall: number;
            }[];
          };
          champion_figures: {
            rows: number;
            attacks: number;
            benign: number;
            precision: {
              value: number | null;
              low: number;
              high: number;
            };
            recall: {
              value: number | null;
              low: number;
              high: number;
            };
            fpr: {
              value: number | null;
              low: number;
              high: number;
            };
            f1: {
              value: number | null;
              low: number;
              high: number;
            };
            calibration_error: {
              value: number | null;
              low: number;
              high: number;
            };
            classes: {
              class: "sql_injection" | "xss" | "command_injection" | "path_traversal" | "xxe" | "csrf" | "benign";
              rows: number;
              recall: {
                value: number | null;
                low: number;
                high: number;
              };
              precision: {
                value: number | null;
                low: number;
                high: number;
              };
            }[];
            confusion: number[][];
            reliability: {
              confidence: number;
              right: {
                value: number | null;
                low: number;
                high: number;
              };
              rows: number;
            }[];
            curve: {
              threshold: number;
              precision: number;
              recall: number;
            }[];
          };
          latency: {
            p50_ms: number;
            p95_ms: number;
            calls: number;
          };
          champion_latency: {
            p50_ms: number;
            p95_ms: number;
            calls: number;
          };
          gates: {
            name:
              | "held_out"
              | "precision"
              | "recall"
              | "fpr"
              | "f1"
              | "classes"
              | "calibration"
              | "latency"
              | "false_positives";
            figure: {
              value: number | null;
              low: number;
              high: number;
            };
            kind: "min" | "max";
            bound: number;
            verdict: "passed" | "failed";
            rows: number;
            why: string;
          }[];
          passed: boolean;
          fixed: string[];
          agreement: {
            value: number | null;
            low: number;
            high: number;
          } | null;
        } | null;
        override: {
          by: string;
          at: string;
          reason: string | null;
        } | null;
        may_decide: boolean;
        registered_at: string | null;
        version: number;
      }[];
      more: boolean;
    };
  };
  /**
   * Put a model on trial (0: in the shadow), or take it one step on: 1, 10, then 100 percent of sessions, when it decides. Any other step is refused (409) and names the only one that is allowed. With a share, chosen as the trial begins, it stays there until somebody decides: an A/B comparison. A step that somebody has to take uses up the approval that is asked for it: refused (403) to who began the trial, or made the model, while somebody else could take it. Role: approver.
   */
  "POST /api/v1/sentinel/models/promote": {
    body: {
      model_id: string;
      canary_percent: number;
      mode?: "automatic" | "by_hand";
      share?: number;
    };
    reply: {
      model_id: string | null;
      champion: string;
      percent: number | null;
      mode: "automatic" | "by_hand";
      share: number | null;
      next: number | null;
      sessions: number;
      measures: {
        measure: string;
        mean: number | null;
        lower: number;
        upper: number;
        limit: number;
        verdict: "passed" | "failed" | "open";
      }[];
      decision: "step" | "roll_back" | "wait";
      approval: {
        id: string;
        state: "pending" | "granted" | "denied" | "used" | "superseded" | "withdrawn" | "expired";
        decided_by: string | null;
      } | null;
      can_go_back: boolean;
      history: {
        at: string;
        actor: string;
        percent: number | null;
        model_id: string | null;
        because: "asked" | "passed" | "failed" | "superseded";
        sessions: number;
      }[];
    };
  };
  /**
   * Look through a text for injected instructions, credentials, personal data, links that carry data away, and encoded blobs. Nothing of it is stored or logged, and no finding quotes it; a scanner that fails flags. Role: viewer.
   */
  "POST /scan": {
    body: {
      text: string;
      context?: string;
      language?: string;
      kind?: "input" | "prompt" | "output";
      input?: string;
    };
    reply: {
      flagged: boolean;
      results: {
        [k: string]: {
          flagged: boolean;
          findings: {
            rule: string;
            why: string;
            start?: number;
            end?: number;
            score?: number;
          }[];
        };
      };
    };
  };
  /**
   * Add a labelled payload or session; the next dataset version holds it. Can be undone. Role: analyst.
   */
  "POST /api/v1/sentinel/dataset/add-sample": {
    body:
      | {
          sample_type: "payload";
          data:
            | string
            | {
                payload: string;
                place?:
                  | "query"
                  | "query_name"
                  | "path_segment"
                  | "form"
                  | "json"
                  | "xml"
                  | "multipart"
                  | "file_name"
                  | "cookie"
                  | "header"
                  | "body";
              };
          label: "sql_injection" | "xss" | "command_injection" | "path_traversal" | "xxe" | "csrf" | "benign";
        }
      | {
          sample_type: "session";
          data:
            | {
                verdict_id: string;
              }
            | {
                features: {
                  [k: string]: number | null;
                };
              };
          label: "sql_injection" | "xss" | "command_injection" | "path_traversal" | "xxe" | "csrf" | "benign";
        };
    reply: {
      id: string;
      dataset_version: string | null;
      event_id: string;
    };
  };
  /**
   * Report that a verdict or a payload is no attack; tracked until a model no longer takes it for one. Role: analyst.
   */
  "POST /api/v1/sentinel/dataset/add-false-positive": {
    body:
      | {
          verdict_id: string;
          reason?: string;
        }
      | {
          payload: string;
          place?:
            | "query"
            | "query_name"
            | "path_segment"
            | "form"
            | "json"
            | "xml"
            | "multipart"
            | "file_name"
            | "cookie"
            | "header"
            | "body";
          reason?: string;
        };
    reply: {
      id: string;
      event_id: string;
    };
  };
  /**
   * The newest version by class, split and source, its quality, and what the labels say now. Role: viewer.
   */
  "GET /api/v1/sentinel/dataset/stats": {
    reply: {
      rows: number;
      sessions: number;
      by_class: {
        [k: string]: number;
      };
      by_split: {
        [k: string]: number;
      };
      by_split_class: {
        [k: string]: number[];
      };
      by_source: {
        [k: string]: number;
      };
      dataset_version: string | null;
      made_at: string | null;
      quality: {
        balance: number;
        repeated_texts: number;
        near_duplicates: number;
        contradicting_groups: number;
        disagreements: number;
        between_splits: number;
        erased: number;
        divided_campaigns: number;
        false_positives: number;
        median_age_days: number | null;
        oldest_age_days: number | null;
      } | null;
      labels: {
        samples: number;
        by_class: {
          [k: string]: number;
        };
        disagreements: number;
        flagged: number;
        since_version: number;
        labellers: {
          labeller: string;
          labels: number;
          judged: number;
          contradictions: number;
        }[];
        suspicious: {
          labeller: string;
          name: string;
          from: string;
          to: string;
          labels: number;
          judged: number;
          contradictions: number;
          examples: {
            text: string | null;
            label: "sql_injection" | "xss" | "command_injection" | "path_traversal" | "xxe" | "csrf" | "benign";
            said: ("sql_injection" | "xss" | "command_injection" | "path_traversal" | "xxe" | "csrf" | "benign") | null;
          }[];
        }[];
      };
    };
  };
  /**
   * Store a text: its chunks, each with its label; can be undone. Role: analyst.
   */
  "POST /api/memory": {
    body: {
      text: string;
      source?: {
        kind?: "note" | "word" | "case" | "file" | "tool_result";
        id?: string;
        title?: string;
      };
      integrity?: "trusted" | "untrusted";
      readers?: "everyone" | string[];
    };
    reply: {
      id: string;
      chunks: string[];
      known: number;
      source: string;
      label: {
        integrity: "trusted" | "untrusted";
        readers: "everyone" | string[];
        sources: ("user" | "claude" | "qwen" | "web" | "file" | "tool" | "memory")[];
      };
      event_id: string | null;
    };
  };
  /**
   * Stored chunks with their labels, the last stored first. Role: viewer.
   */
  "GET /api/memory": {
    parameters?: {
      source?: string;
      cursor?: number;
      limit?: number;
    };
    reply: {
      items: {
        id: string;
        text: string;
        label: {
          integrity: "trusted" | "untrusted";
          readers: "everyone" | string[];
          sources: ("user" | "claude" | "qwen" | "web" | "file" | "tool" | "memory")[];
        };
        source: {
          id: string;
          kind: "note" | "word" | "case" | "file" | "tool_result";
          title: string | null;
        };
        at: string;
      }[];
      label: {
        integrity: "trusted" | "untrusted";
        readers: "everyone" | string[];
        sources: ("user" | "claude" | "qwen" | "web" | "file" | "tool" | "memory")[];
      };
      next: number | null;
    };
  };
  /**
   * Chunks that a question is about, by words and by meaning, with their labels. Role: viewer.
   */
  "GET /api/memory/search": {
    parameters: {
      q: string;
      limit?: number;
    };
    reply: {
      items: {
        id: string;
        text: string;
        label: {
          integrity: "trusted" | "untrusted";
          readers: "everyone" | string[];
          sources: ("user" | "claude" | "qwen" | "web" | "file" | "tool" | "memory")[];
        };
        source: {
          id: string;
          kind: "note" | "word" | "case" | "file" | "tool_result";
          title: string | null;
        };
        at: string;
        score: number;
        found_by: ("words" | "meaning")[];
      }[];
      label: {
        integrity: "trusted" | "untrusted";
        readers: "everyone" | string[];
        sources: ("user" | "claude" | "qwen" | "web" | "file" | "tool" | "memory")[];
      };
      degraded: string | null;
    };
  };
  /**
   * How much is remembered, and which embedder is in force. Role: viewer.
   */
  "GET /api/memory/status": {
    reply: {
      chunks: number;
      sources: number;
      embedder: {
        name: string;
        is_built_in: boolean;
        dimensions: number;
      };
      server: {
        description: string;
        state: "away" | "embedding" | "in_use";
        reason: string | null;
        embedded: number;
        job_id: string | null;
      } | null;
      searchable: number;
    };
  };
  /**
   * What stored texts were taken from, the last first. Role: viewer.
   */
  "GET /api/memory/sources": {
    parameters?: {
      revoked?: string;
      cursor?: number;
      limit?: number;
    };
    reply: {
      items: {
        id: string;
        version: number;
        kind: "note" | "word" | "case" | "file" | "tool_result";
        title: string | null;
        at: string;
        chunks: number;
        label: {
          integrity: "trusted" | "untrusted";
          readers: "everyone" | string[];
          sources: ("user" | "claude" | "qwen" | "web" | "file" | "tool" | "memory")[];
        };
        revoked: {
          at: string;
          by: string;
          reason: string | null;
        } | null;
      }[];
      next: number | null;
    };
  };
  /**
   * A source and what came from it: what revoking it quarantines. Role: viewer.
   */
  "GET /api/memory/sources/{id}": {
    parameters: {
      id: string;
    };
    reply: {
      source: {
        id: string;
        version: number;
        kind: "note" | "word" | "case" | "file" | "tool_result";
        title: string | null;
        at: string;
        chunks: number;
        label: {
          integrity: "trusted" | "untrusted";
          readers: "everyone" | string[];
          sources: ("user" | "claude" | "qwen" | "web" | "file" | "tool" | "memory")[];
        };
        revoked: {
          at: string;
          by: string;
          reason: string | null;
        } | null;
      };
      chunks: {
        id: string;
        text: string;
      }[];
    };
  };
  /**
   * Delete a chunk, or a stored text with all of its chunks; can be undone. Role: analyst.
   */
  "DELETE /api/memory/{id}": {
    parameters: {
      id: string;
    };
    reply: {
      event_id: string;
    };
  };
  /**
   * The event log with its hash chain. Role: viewer.
   */
  "GET /api/v1/sentinel/sandbox/audit-log": {
    parameters?: {
      after?: number;
      limit?: number;
      brief?: "0" | "1";
    };
    reply: {
      entries: {
        seq: number;
        id: string;
        entity_type: string;
        entity_id: string;
        base_version: number;
        version: number;
        kind: string;
        payload: unknown;
        undoable: boolean;
        batch_id: string | null;
        actor: string;
        role: "viewer" | "analyst" | "approver" | "admin";
        node_id: string;
        origin: string | null;
        state: "pending" | "confirmed" | "rejected";
        at: string;
        prev_hash: string;
        hash: string;
        fate?: "waiting" | "accepted" | "rejected";
        members?: number;
      }[];
      head: {
        seq: number;
        hash: string;
      };
    };
  };
  /**
   * Stop everything that acts: every sandbox, task and push. Cannot be undone. Role: analyst.
   */
  "POST /api/v1/sentinel/sandbox/panic": {
    body: {
      reason?: string;
      press_id?: string;
    };
    reply: {
      destroyed: number;
      left: number;
      took_ms: number;
      held: number;
      noted: boolean;
    };
  };
  /**
   * Judge one telemetry sample; learns what is ordinary from those that are. Open.
   */
  "POST /analyze-flow": {
    body: {
      latency: number;
      input_length: number;
      errors: number;
      route: string;
      user_id?: (string | number) | null;
      timestamp?: (string | number) | null;
      [k: string]: unknown;
    };
    reply:
      | {
          status: "OK";
          degraded?: true;
        }
      | {
          status: "THREAT_DETECTED";
          action: "throttle" | "freeze";
          reason: string;
          prediction_score: number;
          confidence: number;
          degraded?: true;
        };
  };
  /**
   * Judge several telemetry samples in their order, for services that have many; one answer each. Role: viewer.
   */
  "POST /analyze-flow/batch": {
    body: {
      /**
       * @minItems 1
       * @maxItems 200
       */
      samples: {
        latency: number;
        input_length: number;
        errors: number;
        route: string;
        user_id?: (string | number) | null;
        timestamp?: (string | number) | null;
        [k: string]: unknown;
      }[];
    };
    reply: {
      answers: (
        | {
            status: "OK";
            degraded?: true;
          }
        | {
            status: "THREAT_DETECTED";
            action: "throttle" | "freeze";
            reason: string;
            prediction_score: number;
            confidence: number;
            degraded?: true;
          }
      )[];
    };
  };
  /**
   * Whether decisions are shared with other engines, how far they have come, and what the caller lost within a day. Role: viewer.
   */
  "GET /api/v1/sentinel/fleet/decisions": {
    parameters?: {
      hash?: "0" | "1";
    };
    reply: {
      sharing: boolean;
      waiting: number;
      offset: number;
      hash: string | null;
      lost: {
        seq: number;
        at: string;
        entity_type: string;
        count: number;
        because: {
          node_id: string;
          actor: string;
          at: string;
        } | null;
      }[];
    };
  };
  /**
   * State of the engine and of each of its components. Open.
   */
  "GET /health": {
    reply: {
      status: "healthy" | "degraded";
      timestamp: string;
      history_size: number;
      detector_trained: boolean;
      version: string;
      newer_version?: string;
      components: {
        [k: string]: {
          status: "healthy" | "degraded" | "down" | "off";
          detail?: string;
        };
      };
    };
  };
  /**
   * Prometheus metrics, text format. Open.
   */
  "GET /metrics": {
    reply: string;
  };
  /**
   * Plan and do what somebody asks for; replies when it is done, or waits for an approval. Role: analyst.
   */
  "POST /task": {
    body: {
      request: string;
      session_id?: string;
      source?: string;
    };
    reply: {
      task_id: string;
      status:
        | "completed"
        | "awaiting_approval"
        | "running"
        | "refused"
        | "denied"
        | "failed"
        | "blocked"
        | "cancelled"
        | "expired";
      approval_id?: string;
      summary: string | null;
      planner: ("claude" | "template" | "user") | null;
      steps: {
        id: string;
        type: "llm_task" | "tool_call";
        status:
          | "pending"
          | "running"
          | "awaiting_approval"
          | "completed"
          | "failed"
          | "denied"
          | "blocked"
          | "skipped"
          | "cancelled";
        tool?: string;
        args?: {
          [k: string]: unknown;
        };
        inputs?: {
          path: string;
          from_step: string | null;
          trust_level: "trusted" | "untrusted";
          sources: string[];
          readers: "everyone" | string[];
          endorsed: string | null;
        }[];
        output?: unknown;
        trust_level: "trusted" | "untrusted";
        source: string;
        scan_results: {
          [k: string]: unknown;
        };
        derived_from: string[];
        readers: "everyone" | string[];
        error: string | null;
        note?: string;
        proof?: unknown;
      }[];
      output: unknown;
      reason: string | null;
      spent: {
        calls: number;
        characters: number;
        planner_tokens: number;
        cost: number | null;
      };
      conversation: {
        session_id: string;
        risk: number;
        heuristics: {
          name: string;
          score: number;
          why: string;
        }[];
      };
    };
  };
  /**
   * The same, without waiting: what becomes of it is told by the task's events. Role: analyst.
   */
  "POST /task/start": {
    body: {
      request: string;
      session_id?: string;
      source?: string;
    };
    reply: {
      task_id: string;
      session_id: string;
    };
  };
  /**
   * Do a ready task. Needs no planner; without the local model its text is written by rule, and it says so. Role: analyst.
   */
  "POST /task/template": {
    body: {
      template: "summarise" | "explain_payload" | "draft_report" | "draft_mail" | "draft_rule" | "find_similar";
      subject:
        | {
            kind: "alert";
            id: string;
          }
        | {
            kind: "case";
            id: string;
          }
        | {
            kind: "session";
            id: string;
          }
        | {
            kind: "shift";
            from: string;
            to: string;
          };
      session_id?: string;
    };
    reply: {
      task_id: string;
      status:
        | "completed"
        | "awaiting_approval"
        | "running"
        | "refused"
        | "denied"
        | "failed"
        | "blocked"
        | "cancelled"
        | "expired";
      approval_id?: string;
      summary: string | null;
      planner: ("claude" | "template" | "user") | null;
      steps: {
        id: string;
        type: "llm_task" | "tool_call";
        status:
          | "pending"
          | "running"
          | "awaiting_approval"
          | "completed"
          | "failed"
          | "denied"
          | "blocked"
          | "skipped"
          | "cancelled";
        tool?: string;
        args?: {
          [k: string]: unknown;
        };
        inputs?: {
          path: string;
          from_step: string | null;
          trust_level: "trusted" | "untrusted";
          sources: string[];
          readers: "everyone" | string[];
          endorsed: string | null;
        }[];
        output?: unknown;
        trust_level: "trusted" | "untrusted";
        source: string;
        scan_results: {
          [k: string]: unknown;
        };
        derived_from: string[];
        readers: "everyone" | string[];
        error: string | null;
        note?: string;
        proof?: unknown;
      }[];
      output: unknown;
      reason: string | null;
      spent: {
        calls: number;
        characters: number;
        planner_tokens: number;
        cost: number | null;
      };
      conversation: {
        session_id: string;
        risk: number;
        heuristics: {
          name: string;
          score: number;
          why: string;
        }[];
      };
    };
  };
  /**
   * What would leave this machine for a request: sent to nobody. Role: analyst.
   */
  "POST /task/preview": {
    body: {
      request: string;
      session_id?: string;
    };
    reply: {
      system: string;
      messages: {
        role: "user" | "assistant";
        text: string;
      }[];
      tool: {
        name: string;
        description: string;
        input: {
          [k: string]: unknown;
        };
      };
    };
  };
  /**
   * One task with its steps as they are. Role: viewer.
   */
  "GET /task/{id}": {
    parameters: {
      id: string;
    };
    reply: {
      task_id: string;
      status:
        | "completed"
        | "awaiting_approval"
        | "running"
        | "refused"
        | "denied"
        | "failed"
        | "blocked"
        | "cancelled"
        | "expired";
      approval_id?: string;
      summary: string | null;
      planner: ("claude" | "template" | "user") | null;
      steps: {
        id: string;
        type: "llm_task" | "tool_call";
        status:
          | "pending"
          | "running"
          | "awaiting_approval"
          | "completed"
          | "failed"
          | "denied"
          | "blocked"
          | "skipped"
          | "cancelled";
        tool?: string;
        args?: {
          [k: string]: unknown;
        };
        inputs?: {
          path: string;
          from_step: string | null;
          trust_level: "trusted" | "untrusted";
          sources: string[];
          readers: "everyone" | string[];
          endorsed: string | null;
        }[];
        output?: unknown;
        trust_level: "trusted" | "untrusted";
        source: string;
        scan_results: {
          [k: string]: unknown;
        };
        derived_from: string[];
        readers: "everyone" | string[];
        error: string | null;
        note?: string;
        proof?: unknown;
      }[];
      output: unknown;
      reason: string | null;
      spent: {
        calls: number;
        characters: number;
        planner_tokens: number;
        cost: number | null;
      };
      conversation: {
        session_id: string;
        risk: number;
        heuristics: {
          name: string;
          score: number;
          why: string;
        }[];
      };
    };
  };
  /**
   * End a task; what it did stays done. Role: analyst.
   */
  "POST /task/{id}/cancel": {
    parameters: {
      id: string;
    };
    reply: {
      task_id: string;
      status:
        | "completed"
        | "awaiting_approval"
        | "running"
        | "refused"
        | "denied"
        | "failed"
        | "blocked"
        | "cancelled"
        | "expired";
      approval_id?: string;
      summary: string | null;
      planner: ("claude" | "template" | "user") | null;
      steps: {
        id: string;
        type: "llm_task" | "tool_call";
        status:
          | "pending"
          | "running"
          | "awaiting_approval"
          | "completed"
          | "failed"
          | "denied"
          | "blocked"
          | "skipped"
          | "cancelled";
        tool?: string;
        args?: {
          [k: string]: unknown;
        };
        inputs?: {
          path: string;
          from_step: string | null;
          trust_level: "trusted" | "untrusted";
          sources: string[];
          readers: "everyone" | string[];
          endorsed: string | null;
        }[];
        output?: unknown;
        trust_level: "trusted" | "untrusted";
        source: string;
        scan_results: {
          [k: string]: unknown;
        };
        derived_from: string[];
        readers: "everyone" | string[];
        error: string | null;
        note?: string;
        proof?: unknown;
      }[];
      output: unknown;
      reason: string | null;
      spent: {
        calls: number;
        characters: number;
        planner_tokens: number;
        cost: number | null;
      };
      conversation: {
        session_id: string;
        risk: number;
        heuristics: {
          name: string;
          score: number;
          why: string;
        }[];
      };
    };
  };
  /**
   * Every value of a task with what it was made of, back to where it came from. Role: viewer.
   */
  "GET /task/{id}/provenance": {
    parameters: {
      id: string;
    };
    reply: {
      nodes: {
        id: string;
        operation: string;
        trust_level: "trusted" | "untrusted";
        sources: string[];
        readers: "everyone" | string[];
        parents: string[];
        detail: string;
        origins: string[];
        step: string | null;
        value: unknown;
      }[];
    };
  };
  /**
   * Follow the proofs of a task once more, by the program that shares nothing with what ran it. Role: viewer.
   */
  "GET /task/{id}/check": {
    parameters: {
      id: string;
    };
    reply: {
      proofs: number;
      wrong: {
        step: string;
        why: string;
      } | null;
    };
  };
  /**
   * A conversation: what was asked, what became of it, and how risky it looks. Role: viewer.
   */
  "GET /session/{id}": {
    parameters: {
      id: string;
    };
    reply: {
      session_id: string;
      state: "idle" | "running" | "awaiting_approval";
      risk: number;
      conversation: {
        task_id: string;
        session_id: string;
        status:
          | "completed"
          | "awaiting_approval"
          | "running"
          | "refused"
          | "denied"
          | "failed"
          | "blocked"
          | "cancelled"
          | "expired";
        request: string | null;
        asked_by: string;
        at: string;
      }[];
    };
  };
  /**
   * What a task waits for: every call with its arguments. Role: viewer.
   */
  "GET /approval/{id}": {
    parameters: {
      id: string;
    };
    reply: {
      approval_id: string;
      task_id: string;
      kind: "plan" | "tool_call";
      status: "pending" | "granted" | "denied" | "used" | "superseded" | "withdrawn" | "expired";
      expires_at: string;
      shown_hash: string;
      steps: {
        id: string;
        tool: string;
        args: {
          [k: string]: unknown;
        };
        untrusted: {
          path: string;
          value: unknown;
          from_step?: string;
          source: string;
          why: string;
        }[];
        effect?: "read" | "write" | "external" | "destructive";
        inputs?: {
          path: string;
          from_step: string | null;
          trust_level: "trusted" | "untrusted";
          sources: string[];
          readers: "everyone" | string[];
          endorsed: string | null;
        }[];
        checked?: {
          steps: number;
          needs_approval: boolean;
        };
      }[];
      task?: {
        task_id: string;
        status:
          | "completed"
          | "awaiting_approval"
          | "running"
          | "refused"
          | "denied"
          | "failed"
          | "blocked"
          | "cancelled"
          | "expired";
        approval_id?: string;
        summary: string | null;
        planner: ("claude" | "template" | "user") | null;
        steps: {
          id: string;
          type: "llm_task" | "tool_call";
          status:
            | "pending"
            | "running"
            | "awaiting_approval"
            | "completed"
            | "failed"
            | "denied"
            | "blocked"
            | "skipped"
            | "cancelled";
          tool?: string;
          args?: {
            [k: string]: unknown;
          };
          inputs?: {
            path: string;
            from_step: string | null;
            trust_level: "trusted" | "untrusted";
            sources: string[];
            readers: "everyone" | string[];
            endorsed: string | null;
          }[];
          output?: unknown;
          trust_level: "trusted" | "untrusted";
          source: string;
          scan_results: {
            [k: string]: unknown;
          };
          derived_from: string[];
          readers: "everyone" | string[];
          error: string | null;
          note?: string;
          proof?: unknown;
        }[];
        output: unknown;
        reason: string | null;
        spent: {
          calls: number;
          characters: number;
          planner_tokens: number;
          cost: number | null;
        };
        conversation: {
          session_id: string;
          risk: number;
          heuristics: {
            name: string;
            score: number;
            why: string;
          }[];
        };
      };
    };
  };
  /**
   * Grant or deny what a task waits for. Single use; replies once the task stops again. Role: analyst.
   */
  "POST /approve/{id}": {
    parameters: {
      id: string;
    };
    body: {
      granted: boolean;
      reason?: string;
      shown_hash?: string;
    };
    reply: {
      approval_id: string;
      task_id: string;
      kind: "plan" | "tool_call";
      status: "pending" | "granted" | "denied" | "used" | "superseded" | "withdrawn" | "expired";
      expires_at: string;
      shown_hash: string;
      steps: {
        id: string;
        tool: string;
        args: {
          [k: string]: unknown;
        };
        untrusted: {
          path: string;
          value: unknown;
          from_step?: string;
          source: string;
          why: string;
        }[];
        effect?: "read" | "write" | "external" | "destructive";
        inputs?: {
          path: string;
          from_step: string | null;
          trust_level: "trusted" | "untrusted";
          sources: string[];
          readers: "everyone" | string[];
          endorsed: string | null;
        }[];
        checked?: {
          steps: number;
          needs_approval: boolean;
        };
      }[];
      task?: {
        task_id: string;
        status:
          | "completed"
          | "awaiting_approval"
          | "running"
          | "refused"
          | "denied"
          | "failed"
          | "blocked"
          | "cancelled"
          | "expired";
        approval_id?: string;
        summary: string | null;
        planner: ("claude" | "template" | "user") | null;
        steps: {
          id: string;
          type: "llm_task" | "tool_call";
          status:
            | "pending"
            | "running"
            | "awaiting_approval"
            | "completed"
            | "failed"
            | "denied"
            | "blocked"
            | "skipped"
            | "cancelled";
          tool?: string;
          args?: {
            [k: string]: unknown;
          };
          inputs?: {
            path: string;
            from_step: string | null;
            trust_level: "trusted" | "untrusted";
            sources: string[];
            readers: "everyone" | string[];
            endorsed: string | null;
          }[];
          output?: unknown;
          trust_level: "trusted" | "untrusted";
          source: string;
          scan_results: {
            [k: string]: unknown;
          };
          derived_from: string[];
          readers: "everyone" | string[];
          error: string | null;
          note?: string;
          proof?: unknown;
        }[];
        output: unknown;
        reason: string | null;
        spent: {
          calls: number;
          characters: number;
          planner_tokens: number;
          cost: number | null;
        };
        conversation: {
          session_id: string;
          risk: number;
          heuristics: {
            name: string;
            score: number;
            why: string;
          }[];
        };
      };
    };
  };
  /**
   * What happens to a task, from its start, as server-sent events with ids to go on from. Role: viewer.
   */
  "GET /api/events": {
    parameters: {
      task_id: string;
      last_event_id?: number;
    };
    reply: Response;
  };
  /**
   * Have the local model work on a text: scanned, spotlighted, answered, scanned. Role: analyst.
   */
  "POST /process": {
    body: {
      text: string;
      prompt?: string;
    };
    reply: {
      status: "completed" | "blocked" | "failed";
      output: unknown;
      trust_level: "trusted" | "untrusted";
      source: string;
      scan_results: {
        [k: string]: unknown;
      };
      reason: string | null;
    };
  };
  /**
   * Whether a tool may do something to a path. Role: viewer.
   */
  "GET /validate/path": {
    parameters: {
      path: string;
      operation: "read" | "write" | "delete" | "list";
    };
    reply: {
      allowed: boolean;
      rule: string;
      reason: string;
    };
  };
  /**
   * Whether a tool may run a command. Role: viewer.
   */
  "GET /validate/command": {
    parameters: {
      command: string;
    };
    reply: {
      allowed: boolean;
      rule: string;
      reason: string;
    };
  };
}

export interface ErrorReply {
  code: string;
  message: string;
  details?: {
    [k: string]: unknown;
  };
}
