;; The workloads on Clojure's collections: peer.clj clojure|clojure-transient WORKLOAD SIZE TIMES.
;; `-transient` builds and changes transients. With TIMES 0 it only prepares. Status 3: it does not have the workload.
(require '[clojure.set :as set])
(set! *warn-on-reflection* true)

(let [[flavour workload size times] *command-line-args*]
  (def transients (= flavour "clojure-transient"))
  (def workload workload)
  (def size (Long/parseLong size))
  (def times (Long/parseLong times)))

(defn scattered [^long start ^long stop] (mapv #(rem (* (long %) 2654435761) 4294967296) (range start stop)))
(defn places [^long n] (let [size (long size)] (long-array (map #(rem (* (long %) 7919) size) (range n)))))
(defn built [keys] (persistent! (reduce (fn [m k] (assoc! m k 1)) (transient {}) keys)))
(defmacro repeatedly-adding
  "The sum of `body` over the times."
  [& body]
  `(loop [t# 0 sum# 0] (if (< t# (long times)) (recur (inc t#) (+ sum# (long (do ~@body)))) sum#)))
(defn fold-places
  "Folds `f` over the places."
  [f start ^longs at]
  (loop [i 0 acc start] (if (< i (alength at)) (recur (inc i) (f acc (aget at i))) acc)))

(defn nested []
  (let [names (mapv #(str "user" %) (range size))
        user (fn [] {:name "name" :age 36 :address {:street "Main Street" :zip 0 :city "Springfield"}})]
    [names {:version 1 :users (into {} (map (fn [n] [n (user)]) names))}]))
(defn zips [root] (reduce + (map #(-> % :address :zip) (vals (:users root)))))

(def both
  {"map_build"
   (fn [] (let [keys (scattered 0 size)]
            (repeatedly-adding (count (if transients (built keys) (reduce (fn [m k] (assoc m k 1)) {} keys))))))
   "map_update_all"
   (fn [] (let [keys (scattered 0 size)
                step (if transients
                       (fn [m] (persistent! (reduce (fn [m k] (assoc! m k (inc (long (get m k))))) (transient m) keys)))
                       (fn [m] (reduce (fn [m k] (update m k inc)) m keys)))
                m (nth (iterate step (built keys)) times)]
            (reduce-kv (fn [s k v] (+ (long s) (long k) (long v))) 0 m)))
   "map_delete_half"
   (fn [] (let [keys (scattered 0 size)
                step (if transients
                       (fn [m] (persistent! (reduce dissoc! (transient m) (take-nth 2 keys))))
                       (fn [m] (reduce dissoc m (take-nth 2 keys))))]
            (count (nth (iterate step (built keys)) times))))
   "vec_push"
   (fn [] (repeatedly-adding
            (count (if transients
                     (persistent! (loop [i 0 v (transient [])] (if (< i (long size)) (recur (inc i) (conj! v i)) v)))
                     (loop [i 0 v []] (if (< i (long size)) (recur (inc i) (conj v i)) v))))))
   "vec_set"
   (fn [] (let [at (places 1000000)
                step (if transients
                       (fn [v t] (persistent! (fold-places (fn [v i] (assoc! v i t)) (transient v) at)))
                       (fn [v t] (fold-places (fn [v i] (assoc v i t)) v at)))]
            (reduce + (reduce step (vec (range size)) (range 1 (inc (long times)))))))})

(def persistent
  {"map_build_func" (get both "map_build")
   "map_versions"
   (fn [] (let [keys (scattered 0 size)]
            (repeatedly-adding
              (let [kept (object-array (repeat 1000 {}))]
                (reduce-kv (fn [m i k] (let [m (assoc m k 1)] (aset kept (rem (long i) 1000) m) m)) {} keys)
                (reduce + (map count kept))))))
   "map_update_live"
   (fn [] (let [keys (scattered 0 size) m (built keys) probes (mapv keys (places 100000))]
            (repeatedly-adding (reduce (fn [s k] (+ (long s) (long (get (assoc m k 2) k)))) 0 probes))))
   "map_hit"
   (fn [] (let [keys (scattered 0 size) m (built keys) probes (mapv keys (places 100000))]
            (repeatedly-adding (reduce (fn [s k] (+ (long s) (long (get m k)))) 0 probes))))
   "map_miss"
   (fn [] (let [m (built (scattered 0 size)) absent (scattered size (* 2 (long size))) probes (mapv absent (places 100000))]
            (repeatedly-adding (reduce (fn [s k] (if (contains? m k) s (inc (long s)))) 0 probes))))
   "map_iter"
   (fn [] (let [m (built (scattered 0 size))]
            (repeatedly-adding (reduce-kv (fn [s k v] (+ (long s) (long k) (long v))) 0 m))))
   "map_equal"
   (fn [] (let [one (built (scattered 0 size)) other (built (scattered 0 size))]
            (repeatedly-adding (if (= one other) 1 0))))
   "map_hash"
   (fn [] (let [keys (scattered 0 size) m (built keys)]
            (loop [t 0 m m sum 0]
              (if (< t (long times))
                (let [m (assoc m (nth keys 0) t)] (recur (inc t) m (if (zero? (hash m)) sum (inc sum))))
                sum))))
   "vec_versions"
   (fn [] (repeatedly-adding
            (let [kept (object-array (repeat 1000 []))]
              (loop [i 0 v []]
                (when (< i (long size))
                  (let [v (conj v i)] (aset kept (rem i 1000) v) (recur (inc i) v))))
              (reduce + (map count kept)))))
   "vec_update_live"
   (fn [] (let [v (vec (range size)) at (places 100000)]
            (repeatedly-adding (fold-places (fn [s i] (+ (long s) (long (nth (assoc v i -1) i)))) 0 at))))
   "vec_get"
   (fn [] (let [v (vec (range size)) at (places 1000000)]
            (repeatedly-adding (fold-places (fn [s i] (+ (long s) (long (nth v i)))) 0 at))))
   "vec_iter"
   (fn [] (let [v (vec (range size))] (repeatedly-adding (reduce + 0 v))))
   "vec_concat"
   (fn [] (let [v (vec (range size))] (repeatedly-adding (count (into v v)))))
   "set_union"
   (fn [] (let [h (quot (long size) 2) a (set (scattered 0 size)) b (set (scattered h (+ h (long size))))]
            (repeatedly-adding (count (set/union a b)))))
   "set_intersection"
   (fn [] (let [h (quot (long size) 2) a (set (scattered 0 size)) b (set (scattered h (+ h (long size))))]
            (repeatedly-adding (count (set/intersection a b)))))
   "nested_update"
   (fn [] (let [[names root] (nested) at (places 200000)
                step (fn [root] (fold-places (fn [r i] (update-in r [:users (nth names i) :address :zip] inc)) root at))]
            (zips (nth (iterate step root) times))))
   "nested_update_live"
   (fn [] (let [[names root] (nested) at (places 200000)
                add (fn [s i] (+ (long s) (long (:version (update-in root [:users (nth names i) :address :zip] inc)))))]
            (+ (repeatedly-adding (fold-places add 0 at)) (long (zips root)))))})

(let [persistent (assoc persistent "nested_update_func" (get persistent "nested_update"))
      run (or (get both workload) (when-not transients (get persistent workload)))]
  (when-not run (System/exit 3))
  (println (run)))
(shutdown-agents)
