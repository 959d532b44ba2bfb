(require '[clojure.data.json :as json])
(defn main [path]
  (let [data (json/read-str (slurp path))
        recs (mapv (fn [r] (assoc r "total" (reduce (fn [t it] (+ t (* (it "qty") (it "price")))) 0 (r "items")))) data)
        by (reduce (fn [m r] (update m (r "country") (fnil + 0) (r "total"))) {} recs)
        out (json/write-str {"records" recs "by" by})]
    (str (by "DE") " " (count out))))
(println (main (first *command-line-args*)))
