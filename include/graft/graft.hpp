#pragma once

/// Everything for the CPU.

#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/random.hpp>
#include <graft/core/string_index.hpp>
#include <graft/core/thread_pool.hpp>
#include <graft/core/version.hpp>
#include <graft/data/duplicates.hpp>
#include <graft/data/id_map.hpp>
#include <graft/data/interactions.hpp>
#include <graft/data/interactions_builder.hpp>
#include <graft/data/read_ratings.hpp>
#include <graft/data/split.hpp>
#include <graft/eval/baselines.hpp>
#include <graft/eval/metrics.hpp>
#include <graft/model/embedding_table.hpp>
#include <graft/model/recommender.hpp>
#include <graft/model/scorer.hpp>
#include <graft/optim/adam.hpp>
#include <graft/optim/adamw.hpp>
#include <graft/optim/mse.hpp>
#include <graft/optim/schedule.hpp>
#include <graft/optim/sgd.hpp>
#include <graft/optim/sparse_adam.hpp>
#include <graft/serve/recommend.hpp>
#include <graft/serve/unseen.hpp>
#include <graft/train/fit.hpp>
#include <graft/train/history.hpp>
#include <graft/train/log.hpp>
#include <graft/train/trainer.hpp>
#include <graft/transfer/coverage.hpp>
#include <graft/transfer/transfer.hpp>
#include <graft/vectors/keyed_vectors.hpp>
