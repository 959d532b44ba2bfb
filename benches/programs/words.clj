(require '[clojure.string :as str])
(defn main []
  (let [text (str/join " " (map #(str "w" (rem % 5000)) (take 900000 (rest (iterate #(rem (* (long %) 16807) 2147483647) 42)))))
        count-by (frequencies (str/split text #" "))
        [w c] (first (sort-by (fn [[w c]] [(- c) w]) count-by))]
    (str (count text) " " (count count-by) " " w " " c)))
(println (main))
